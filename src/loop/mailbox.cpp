// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/loop/loop_core.hpp>
#include <asyncio/detail/loop/mailbox.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace asyncio::detail {

bool mailbox::send(ready_node& node) noexcept {
  std::lock_guard const lock(mutex_);
  if (home_ == nullptr) return false;
  nodes_.push_back(node);
  waiting_.store(true, std::memory_order_release);
  if (posted_) return true;
  posted_ = true;
  post_wake_up();
  return true;
}

/// Called under the lock, so the context cannot be destroyed meanwhile. Asio frees the handler's memory before calling
/// it, and only the handler allows the next post.
void mailbox::post_wake_up() {
  auto wake_up = [this] { deliver(); };
  boost::asio::post(home_->context().get_executor(),
                    own_handler<decltype(wake_up), handler_blocks<1>>{&memory_, wake_up});
}

void mailbox::collect(list<ready_node>& to) noexcept {
  std::lock_guard const lock(mutex_);
  waiting_.store(false, std::memory_order_relaxed);
  to.splice_back(nodes_);
}

void mailbox::deliver() {
  loop_core::visit const inside(*home_);  // only this thread closes the mailbox
  if (!inside) [[unlikely]] {
    post_wake_up();
    loop_core::refuse_thread();
  }
  list<ready_node> arrived;
  {
    std::lock_guard const lock(mutex_);
    posted_ = false;
    waiting_.store(false, std::memory_order_relaxed);
    arrived.splice_back(nodes_);
  }
  if (!arrived.empty()) home_->splice_ready(arrived);
}

void mailbox::withdraw(ready_node& node) noexcept {
  std::lock_guard const lock(mutex_);
  node.unlink();
}

void mailbox::at_fork(fork_point p) noexcept { lock_over_fork(mutex_, p); }

void mailbox::close() noexcept {
  list<ready_node> refused;
  {
    std::lock_guard const lock(mutex_);
    home_ = nullptr;
    closed_.store(true, std::memory_order_release);
    waiting_.store(false, std::memory_order_relaxed);
    refused.splice_back(nodes_);
  }
  while (!refused.empty()) refused.pop_front().abandon();
}

}  // namespace asyncio::detail
