// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// A test of a program's own on the installed test kit: an hour costs no time.
#include <asyncio/asyncio.hpp>
#include <asyncio/testing/run.hpp>

using namespace std::chrono_literals;

asyncio::awaitable<asyncio::duration> an_hour() {
  auto const begin = asyncio::loop::running().time();
  co_await asyncio::sleep(1h);
  co_return asyncio::loop::running().time() - begin;
}

int main() { return asyncio::testing::run(an_hour()) == 1h ? 0 : 1; }
