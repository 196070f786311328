// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Ensures that one thread at a time runs a loop: detects a second thread before it does harm.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>

namespace boost::asio {
class io_context;
}

namespace asyncio::detail {

/// The entry to a loop for threads that run a handler of the context.
///
/// Entry is refused while another thread is inside. A loop may move to another thread, but only after the first one has
/// left `context.run()`, which cannot be observed from here. So a thread that was not the last one inside probes: it
/// posts a handler and waits to see whether another thread runs it. Probing takes time, so it stops after some valid
/// moves; from then on only threads that are inside at the same time are detected.
class turnstile {
 public:
  enum class answer {
    entered,  ///< The caller must leave().
    inside,   ///< The caller was already inside.
    refused   ///< Another thread runs the loop.
  };
  /// `own`: only the caller can run the context, so no probe is needed.
  [[nodiscard]] answer enter(boost::asio::io_context& context, bool own) noexcept;
  void leave() noexcept { visitor_.store(nullptr, std::memory_order_release); }
  /// Whether the calling thread is inside, or was the last one inside.
  [[nodiscard]] bool was_last() const noexcept;
  /// After a fork: only the calling thread exists.
  void forget_threads() noexcept;

 private:
  struct inquiry;
  [[nodiscard]] answer enter_first(boost::asio::io_context& context, bool own) noexcept;
  void set_asked(std::shared_ptr<inquiry> q) noexcept;
  [[nodiscard]] bool others_run(boost::asio::io_context& context) noexcept;

  std::atomic<void const*> visitor_{nullptr};
  std::atomic<void const*> last_{nullptr};
  std::mutex mutex_;                // guards asked_
  std::shared_ptr<inquiry> asked_;  // the current probe
  std::chrono::microseconds patience_{16'000};
};

}  // namespace asyncio::detail
