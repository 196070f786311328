/// @file
/// The state of a cancellation token, and the way of its word into a loop.
#pragma once

#include <asyncio/detail/kernel.hpp>
#include <asyncio/detail/list.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

namespace asyncio::detail {

/// Is told once that a token is cancelled.
class token_listener : public list_node<> {
 public:
  /// In the thread that cancels, which holds the lock of the token: it only passes the word on.
  virtual void token_cancelled() noexcept = 0;

 protected:
  ~token_listener() = default;
};

struct below_tag {};
struct telling_tag {};

/// What the copies of a token share. It knows no loop. A token keeps the one above it, so that a cancel comes down through
/// those whose handles are gone. **Threads**: any.
class token_state : public list_node<below_tag>, public list_node<telling_tag> {
 public:
  /// Nothing is above it.
  token_state() : lock_(std::make_shared<std::mutex>()) {}
  explicit token_state(std::shared_ptr<token_state> parent);
  token_state(token_state const&) = delete;
  token_state& operator=(token_state const&) = delete;
  ~token_state();

  /// First it holds for all below, then those who listen are told, the ones higher up and the ones who came first before
  /// the others, then those who listen through the standard library. @return whether nobody has asked before.
  bool cancel() noexcept;
  [[nodiscard]] bool is_cancelled() const noexcept { return cancelled_.load(std::memory_order_acquire); }

  /// @return false when it is cancelled, and `who` is not told any more.
  bool listen(token_listener& who) noexcept;
  /// Waits for a cancel that is being told; afterwards `who` is not told any more.
  void ignore(token_listener& who) noexcept;

  /// The same word for those who know only the standard library.
  [[nodiscard]] std::stop_token stopped();

 private:
  std::shared_ptr<std::mutex> lock_;  // one for all that are related
  std::shared_ptr<token_state> parent_;
  std::atomic<bool> cancelled_{false};
  list<token_listener> listeners_;
  list<token_state, below_tag> below_;
  std::optional<std::stop_source> source_;  // made when somebody asks for it
};

/// Gives a node a turn in its loop when a token is cancelled. Begun and ended in the loop's thread.
class token_link final : private token_listener {
 public:
  explicit token_link(ready_node& turn) noexcept : turn_(turn) {}
  ~token_link() { end(); }

  /// Once. @return false when the token is cancelled: then there is no turn.
  bool begin(kernel& home, std::shared_ptr<token_state> token) noexcept;
  /// There is no turn any more.
  void end() noexcept;

 private:
  void token_cancelled() noexcept override;

  ready_node& turn_;
  kernel* home_ = nullptr;
  std::shared_ptr<mailbox> mail_;
  std::shared_ptr<token_state> token_;
};

}  // namespace asyncio::detail
