// expect: a future by co_await f.wait()
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> mistake(asyncio::future<int> f) { co_return co_await f; }
