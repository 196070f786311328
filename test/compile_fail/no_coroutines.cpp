// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio-cpp needs C++20 coroutines: compile with -std=c++20
// flag: -std=c++17
#include <asyncio/asyncio.hpp>

int main() {}
