// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/gather/completion_queue.hpp>

#include <string>

namespace asyncio::detail {

completion_queue::~completion_queue() = default;

void completion_queue::begin(task_loop& home) {
  if (home_ != nullptr) return;
  make_tasks(home);
  home_ = &home;
  home_serial_ = home.serial();
  if (watched() == 0) return;
  if (auto const deadline = limit_.from_now(home)) timer_.start(home, *deadline);
}

bool completion_queue::belongs_to(task_loop& here) {
  if (home_ == &here && home_serial_ == here.serial()) return true;
  if (home_ != nullptr) {
    if (watched() > 0 || task_loop::if_alive(home_, home_serial_) != nullptr) return false;
    home_ = nullptr;
  }
  begin(here);
  return true;
}

task_loop& completion_queue::loop_for_task(char const* who) {
  task_loop* const here = task_loop::running_or_null();
  if (here != nullptr && belongs_to(*here)) return *here;
  task_loop* const home = task_loop::if_alive(home_, home_serial_);
  if (home != nullptr) home->check_thread(who);
  if (here != nullptr)
    throw value_error(std::string(who) +
                      ": the tasks of this set live in another loop; give each loop a set of its own");
  return home != nullptr ? *home : task_loop::running(who);
}

void completion_queue::add(task_ref t) {
  if (t.get()->done()) {
    ended_.push_back(std::move(t));
    serve();
  } else {
    task_loop& home = *t.get()->home();
    watch(home, std::move(t));
  }
}

void completion_queue::task_ended(task_ref t) {
  ended_.push_back(std::move(t));
  if (watched() == 0) timer_.stop();
  serve();
}

void completion_queue::time_up() {
  ended_.resize(ended_.size() + watched());
  forget_all();
  serve();
}

void completion_queue::serve() noexcept {
  while (!askers_.empty() && (!ended_.empty() || watched() == 0)) {
    next& asker = askers_.pop_front();
    if (!ended_.empty()) asker.give(take_ended());
    asker.complete();
  }
}

task_ref completion_queue::take_ended() noexcept {
  task_ref t = std::move(ended_.front());
  ended_.pop_front();
  return t;
}

void completion_queue::cancel_all(std::string_view message) { cancel_watched(message); }

void completion_queue::forget() noexcept {
  timer_.stop();
  forget_all();
  ended_.clear();
  serve();
}

bool completion_queue::next::arm() {
  if (!from_->belongs_to(home()))
    throw value_error(std::string(from_->who_) +
                      ": asked for the next task in another loop than that of the tasks; ask in their own loop");
  if (from_->ended_.empty() && from_->watched() > 0) {
    from_->askers_.push_back(*this);
    return false;
  }
  if (!from_->ended_.empty()) give(from_->take_ended());
  return true;
}

void completion_queue::next::disarm() noexcept { static_cast<list_node<asker_tag>&>(*this).unlink(); }

bool completion_queue::next::cancel_wait() {
  if (!waiting()) return false;
  disarm();
  complete_cancelled();
  return true;
}

task_ref completion_queue::next::take() {
  check_outcome([this] {
    // Cancelled after a delivery: the task goes to the next waiter.
    if (!full_) return;
    from_->ended_.push_front(std::move(given_));
    from_->serve();
  });
  if (full_ && given_.get() == nullptr) throw timeout_error();
  return std::move(given_);
}

}  // namespace asyncio::detail
