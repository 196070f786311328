// expect: asyncio::condition uses the lock it is given and does not keep it
#include <asyncio/asyncio.hpp>

asyncio::condition mistake{asyncio::lock()};
