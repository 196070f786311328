// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/sync/waiters.hpp>
#include <asyncio/queue.hpp>

namespace asyncio::detail {

bool queue_wait::cancel_wait() {
  if (!waiting()) return false;
  list_node<>::unlink();
  complete_cancelled();
  return true;
}

wait_info queue_wait::describe() const noexcept { return {wait_kind::queue, 0, {}, queue_}; }

void queue_wait::abandon() noexcept {
  if (end_grant()) pass_on();
  wait_node::abandon();
}

bool queue_wait::stand_in(list<ready_node>& line) {
  if (!line.empty() && &static_cast<queue_wait&>(line.front()).home() != &home())
    throw invalid_state(
        "asyncio::queue: somebody waits for this queue in another loop; a queue belongs to one loop at a time");
  line.push_back(*this);
  return false;
}

void queue_wait::store_early() noexcept {
  set_flag(stored);
  queue_->state.place_promise_ends();
}

void queue_wait::finish_stored() noexcept {
  static_cast<list_node<going_tag>&>(*this).unlink();
  if (task_base* const task = waiter(); task != nullptr && cancelled()) task->set_must_cancel(true);
}

std::size_t queue_wait::count_getters_ahead() const noexcept {
  std::size_t count = 0;
  for (queue_wait* w = queue_->going.first(); w != this; w = queue_->going.after(*w))
    count += w->has_flag(granted) && !w->has_flag(putter);
  return count;
}

void queue_wait::pass_on() noexcept {
  queue_state& state = queue_->state;
  queue_->let_go_on(has_flag(putter) ? state.next_putter() : state.next_getter());
}

void queue_core::let_all_go_on(list<ready_node>& nodes) noexcept {
  while (!nodes.empty()) static_cast<queue_wait&>(nodes.pop_front()).go_on(false);
}

void queue_core::task_done() {
  check_waker(state.joiners(), "asyncio::queue::task_done");
  list<ready_node> woken;
  state.task_done(woken);
  let_all_go_on(woken);
}

std::string queue_text(std::string_view name, std::string const& items, queue_statistics const& known) {
  std::string text(1, '<');
  text += name;
  text += " maxsize=" + std::to_string(known.maxsize);
  if (known.size > 0) text += " items=[" + items + ']';
  if (known.getters_waiting > 0) text += " getters[" + std::to_string(known.getters_waiting) + ']';
  if (known.putters_waiting > 0) text += " putters[" + std::to_string(known.putters_waiting) + ']';
  if (known.unfinished_tasks > 0) text += " tasks=" + std::to_string(known.unfinished_tasks);
  if (known.is_shut_down) text += " shutdown";
  return text + '>';
}

void queue_core::shut_down(bool drop) noexcept {
  list<ready_node> woken;
  state.shut_down(drop, woken);
  let_all_go_on(woken);
}

}  // namespace asyncio::detail
