// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/task_set.hpp>

namespace asyncio::detail {

awaitable<void> shut_down(std::shared_ptr<completion_queue> set) {
  set->cancel_all({});
  bool more = true;
  while (more) {  // g++ 12 miscompiles the frame if such a condition awaits without a preceding variable
    auto const ended = co_await next_operation<any_task>(set);
    more = ended.has_value();  // its result is dropped; an exception reports itself
  }
}

}  // namespace asyncio::detail
