// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/loop/mailbox.hpp>
#include <asyncio/detail/sync/token_state.hpp>

#include <utility>

namespace asyncio::detail {

token_state::token_state(std::shared_ptr<token_state> parent) : lock_(parent->lock_), parent_(std::move(parent)) {
  std::lock_guard const lock(*lock_);
  if (parent_->is_cancelled()) {
    cancelled_.store(true, std::memory_order_release);
  } else {
    parent_->below_.push_back(*this);
  }
}

token_state::~token_state() {
  bool told = true;
  {
    std::lock_guard const lock(*lock_);
    static_cast<list_node<below_tag>&>(*this).unlink();
    auto& telling = static_cast<list_node<telling_tag>&>(*this);
    told = !telling.linked();
    telling.unlink();
  }
  if (!told) source_->request_stop();  // another thread's cancel() was about to
  // Destroys the ancestors iteratively, since the chain may be long.
  std::shared_ptr<token_state> above = std::move(parent_);
  while (above != nullptr && above.use_count() == 1) {
    std::shared_ptr<token_state> next = std::move(above->parent_);
    above = std::move(next);
  }
}

bool token_state::cancel() noexcept {
  std::shared_ptr<std::mutex> const guard = lock_;  // a listener may drop this token
  list<token_state, telling_tag> telling;
  {
    std::lock_guard const lock(*guard);
    if (is_cancelled()) return false;
    list<token_state, telling_tag> found;
    list<token_state, telling_tag> marked;
    found.push_back(*this);
    while (!found.empty()) {
      token_state& t = found.pop_front();
      t.cancelled_.store(true, std::memory_order_release);
      marked.push_back(t);
      while (!t.below_.empty()) {
        token_state& child = t.below_.pop_front();
        if (!child.is_cancelled()) found.push_back(child);
      }
    }
    while (!marked.empty()) {
      token_state& t = marked.pop_front();
      while (!t.listeners_.empty()) t.listeners_.pop_front().token_cancelled();
      if (t.source_) telling.push_back(t);
    }
  }
  while (true) {
    std::optional<std::stop_source> source;
    {
      std::lock_guard const lock(*guard);
      if (telling.empty()) return true;
      source = telling.pop_front().source_;
    }
    source->request_stop();
  }
}

bool token_state::listen(token_listener& who) noexcept {
  std::lock_guard const lock(*lock_);
  if (is_cancelled()) return false;
  listeners_.push_back(who);
  return true;
}

void token_state::ignore(token_listener& who) noexcept {
  std::lock_guard const lock(*lock_);
  who.unlink();
}

std::stop_token token_state::stopped() {
  std::lock_guard const lock(*lock_);
  if (!source_) {
    source_.emplace();
    if (is_cancelled()) source_->request_stop();
  }
  return source_->get_token();
}

bool token_link::begin(task_loop& home, std::shared_ptr<token_state> token) noexcept {
  home_ = &home;
  mail_ = home.mail();
  token_ = std::move(token);
  return token_->listen(*this);
}

void token_link::end() noexcept {
  if (token_ == nullptr) return;
  token_->ignore(*this);
  mail_->withdraw(turn_);
  token_ = nullptr;
}

void token_link::token_cancelled() noexcept {
  if (!mail_->closed() && home_->in_thread()) {
    home_->push_ready(turn_);
  } else {
    (void)mail_->send(turn_);  // a loop that ends abandons its waits
  }
}

}  // namespace asyncio::detail
