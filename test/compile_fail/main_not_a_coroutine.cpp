// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::main takes a coroutine, asyncio::main(main_()), or a coroutine function with its arguments
#include <asyncio/asyncio.hpp>

int main_() { return 0; }

int main() { return asyncio::main(main_()); }
