// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::run needs a coroutine: a function that returns asyncio::awaitable<T>
#include <asyncio/asyncio.hpp>

int main_() { return 0; }

int main() { asyncio::run(main_); }
