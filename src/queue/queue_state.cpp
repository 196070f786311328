// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/queue/queue_state.hpp>

#include <asyncio/error.hpp>

#include <algorithm>

namespace asyncio::detail {

void queue_state::task_done(list<ready_node>& woken) {
  if (unfinished_ == 0)
    throw value_error(
        "asyncio::queue::task_done: called more often than items were put; call it once for each item that was got");
  if (--unfinished_ == 0) woken.splice_back(joiners_);
}

void queue_state::shut_down(bool drop, list<ready_node>& woken) noexcept {
  shut_down_ = true;
  if (drop) {
    unfinished_ -= std::min(unfinished_, size_);  // asyncio allows task_done() before get()
    size_ = 0;
  }
  if (unfinished_ == 0) woken.splice_back(joiners_);
  woken.splice_back(getters_);
  woken.splice_back(putters_);
}

queue_statistics queue_state::statistics() const noexcept {
  queue_statistics known;
  known.size = size_;
  known.maxsize = maxsize_;
  known.unfinished_tasks = unfinished_;
  known.getters_waiting = getters_.size();
  known.putters_waiting = putters_.size();
  known.joiners_waiting = joiners_.size();
  known.is_shut_down = shut_down_;
  return known;
}

void queue_state::refuse_get() const {
  if (size_ > 0)
    throw queue_empty("asyncio::queue::get_nowait: every item is granted to a task that waited before; co_await get()");
  if (shut_down_) throw queue_shut_down();
  throw queue_empty();
}

void queue_state::refuse_put() const {
  if (shut_down_) throw queue_shut_down();
  if (!full())
    throw queue_full(
        "asyncio::queue::put_nowait: every free place is granted to a task that waited before; co_await put()");
  throw queue_full();
}

}  // namespace asyncio::detail
