// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The state of a cancellation token, and its notification of a loop.
#pragma once

#include <asyncio/detail/base/list.hpp>
#include <asyncio/detail/task/task_loop.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

namespace asyncio::detail {

/// Notified once when a token is cancelled.
class token_listener : public list_node<> {
 public:
  /// Called in the cancelling thread, which holds the lock of the token: it must only forward the notification.
  virtual void token_cancelled() noexcept = 0;

 protected:
  ~token_listener() = default;
};

struct below_tag {};
struct telling_tag {};

/// The shared state of the copies of a token, independent of a loop. A token owns its parent, so that a cancellation
/// propagates through tokens whose handles are gone. **Threads**: any.
class token_state : public list_node<below_tag>, public list_node<telling_tag> {
 public:
  /// Creates a token without a parent.
  token_state() : lock_(std::make_shared<std::mutex>()) {}
  explicit token_state(std::shared_ptr<token_state> parent);
  token_state(token_state const&) = delete;
  token_state& operator=(token_state const&) = delete;
  ~token_state();

  /// First marks all descendants as cancelled, then notifies the listeners, ancestors first and in order of
  /// registration, then those of the std::stop_token. @return whether this was the first call.
  bool cancel() noexcept;
  [[nodiscard]] bool is_cancelled() const noexcept { return cancelled_.load(std::memory_order_acquire); }

  /// @return false if it is already cancelled, so that `who` will not be notified.
  bool listen(token_listener& who) noexcept;
  /// Waits for a notification in progress; afterwards `who` is not notified.
  void ignore(token_listener& who) noexcept;

  /// The same signal for code that knows only the standard library.
  [[nodiscard]] std::stop_token stopped();

 private:
  std::shared_ptr<std::mutex> lock_;  // shared by all related tokens
  std::shared_ptr<token_state> parent_;
  std::atomic<bool> cancelled_{false};
  list<token_listener> listeners_;
  list<token_state, below_tag> below_;
  std::optional<std::stop_source> source_;  // created on demand
};

/// Queues a node in its loop when a token is cancelled. Started and ended in the loop's thread.
class token_link final : private token_listener {
 public:
  explicit token_link(ready_node& turn) noexcept : turn_(turn) {}
  ~token_link() { end(); }

  /// Call once. @return false if the token is already cancelled: then nothing is queued.
  bool begin(task_loop& home, std::shared_ptr<token_state> token) noexcept;
  /// Stops: nothing is queued afterwards.
  void end() noexcept;

 private:
  void token_cancelled() noexcept override;

  ready_node& turn_;
  task_loop* home_ = nullptr;
  std::shared_ptr<mailbox> mail_;
  std::shared_ptr<token_state> token_;
};

}  // namespace asyncio::detail
