// expect: co_await it
#include <asyncio/lock.hpp>

#pragma GCC diagnostic error "-Wunused-result"

asyncio::awaitable<void> main_(asyncio::lock& lock) {
  lock.acquire();
  co_return;
}
