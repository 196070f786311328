/// @file
/// One thread at a time runs a loop: finds out when a second one does, before anything is harmed.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>

namespace boost::asio {
class io_context;
}

namespace asyncio::detail {

/// Where a thread that runs a handler of the context comes into the loop.
///
/// Nobody is let in while another thread is inside. That a loop moves from one thread to another is allowed, but only after
/// the first one has left `context.run()`, which cannot be seen from here. So a thread that was not the last one asks: it
/// posts a handler and waits whether another thread runs that. Asking costs time, so it gives up after some moves that were
/// right; then only threads that are inside at the same time are noticed.
class turnstile {
 public:
  enum class answer {
    entered,  ///< It has to leave().
    inside,   ///< It was inside before.
    refused   ///< Another thread runs the loop.
  };
  /// `own`: nobody but the caller can run the context, so there is nobody to ask.
  [[nodiscard]] answer enter(boost::asio::io_context& context, bool own) noexcept;
  void leave() noexcept { visitor_.store(nullptr, std::memory_order_release); }
  /// Whether the calling thread was the last one inside, or is inside.
  [[nodiscard]] bool was_last() const noexcept;
  /// After a fork: only the calling thread exists.
  void forget_threads() noexcept;

 private:
  struct question;
  [[nodiscard]] answer enter_first(boost::asio::io_context& context, bool own) noexcept;
  void set_asked(std::shared_ptr<question> q) noexcept;
  [[nodiscard]] bool others_run(boost::asio::io_context& context) noexcept;

  std::atomic<void const*> visitor_{nullptr};
  std::atomic<void const*> last_{nullptr};
  std::mutex mutex_;                 // for ...
  std::shared_ptr<question> asked_;  // by the visitor
  std::chrono::microseconds patience_{16'000};
};

}  // namespace asyncio::detail
