#include <asyncio/task_set.hpp>

namespace asyncio::detail {

awaitable<void> shut_down(std::shared_ptr<completions> set) {
  set->cancel_all({});
  bool more = true;
  while (more) {  // g++ 12 lays the frame out wrongly when such a condition awaits and no variable stands before it
    auto const ended = co_await next_operation<any_task>(set);
    more = ended.has_value();  // what it gave is dropped; an exception in it reports itself
  }
}

}  // namespace asyncio::detail
