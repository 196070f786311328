// expect: asyncio::run needs a coroutine: a function that returns asyncio::awaitable<T>
#include <asyncio/asyncio.hpp>

int main_() { return 0; }

int main() { asyncio::run(main_); }
