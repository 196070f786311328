#include <asyncio/detail/way_home.hpp>

#include <boost/asio/this_coro.hpp>

namespace asyncio::detail {

awaitable<void> come_home() { co_await way_home(); }

awaitable<kernel*> loop_of_coroutine() {
  kernel& home = kernel::of(co_await boost::asio::this_coro::executor);
  if (!home.in_thread()) co_await way_home();
  co_return &home;
}

}  // namespace asyncio::detail
