// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/signal_receiver.hpp>

#include <asyncio/error.hpp>

#include <algorithm>
#include <csignal>
#include <utility>

namespace asyncio {

void signal_receiver::connect(std::span<int const> numbers) {
  home_ = &detail::task_loop::running("asyncio::signal_receiver");
  home_->check_thread("asyncio::signal_receiver");
  home_->check_open("asyncio::signal_receiver");
  numbers_.reserve(numbers.size());
  unread_.reserve(numbers.size());
  try {
    for (int const n : numbers) {
      if (std::find(numbers_.begin(), numbers_.end(), n) != numbers_.end()) continue;
      home_->part<detail::loop_signals>().add(n, *this, "asyncio::signal_receiver");
      numbers_.push_back(n);
    }
  } catch (...) {
    for (int const n : numbers_) home_->part<detail::loop_signals>().remove(n, *this);
    throw;
  }
}

signal_receiver::~signal_receiver() {
  if (reader_ != nullptr) reader_->forsake();
  for (int const n : numbers_)
    if (home_->part<detail::loop_signals>().remove(n, *this)) note(n);
  for (int const n : unread_) std::raise(n);
}

void signal_receiver::note(int number) noexcept {
  if (std::find(unread_.begin(), unread_.end(), number) == unread_.end()) unread_.push_back(number);
}

void signal_receiver::signalled(int number, int) {
  note(number);
  if (reader_ != nullptr) reader_->complete();
}

void signal_receiver::disconnected(int number, bool unseen) noexcept {
  if (unseen) note(number);
  std::erase(numbers_, number);
}

namespace detail {

bool signal_wait::arm() {
  if (&home() != receiver_->home_)
    throw invalid_state("asyncio::signal_receiver::next: the receiver belongs to another loop; make one in each loop");
  if (receiver_->reader_ != nullptr)
    throw invalid_state(
        "asyncio::signal_receiver::next: another coroutine waits for this receiver's next signal; make a "
        "receiver for each");
  receiver_->reader_ = this;
  return !receiver_->unread_.empty();
}

bool signal_wait::cancel_wait() {
  if (!waiting()) return false;
  complete_cancelled();
  return true;
}

void signal_wait::leave() noexcept {
  if (receiver_ != nullptr && receiver_->reader_ == this) receiver_->reader_ = nullptr;
}

void signal_wait::forsake() noexcept {
  receiver_ = nullptr;
  complete();
}

int signal_wait::finish() {
  leave();
  check_outcome();
  if (receiver_ == nullptr)
    throw invalid_state("asyncio::signal_receiver::next: the receiver was destroyed while a coroutine waited for it");
  int const number = receiver_->unread_.front();
  receiver_->unread_.erase(receiver_->unread_.begin());
  return number;
}

}  // namespace detail
}  // namespace asyncio
