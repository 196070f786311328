// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::main takes a coroutine that returns void or an int, the exit code
#include <asyncio/asyncio.hpp>

#include <string>

asyncio::awaitable<std::string> main_() { co_return "done"; }

int main() { return asyncio::main(main_()); }
