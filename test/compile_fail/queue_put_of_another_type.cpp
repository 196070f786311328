// expect: asyncio: the queue holds items of another type, and this one does not convert to it
#include <asyncio/asyncio.hpp>

#include <string>

asyncio::awaitable<void> mistake(asyncio::queue<int>& q) { co_await q.put(std::string("one")); }
