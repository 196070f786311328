// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The whole test kit without a test framework.
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>

using namespace std::chrono_literals;

namespace {

asyncio::awaitable<void> an_hour() {
  auto& done = asyncio::testing::keep_alive<bool>(false);
  auto const begin = asyncio::loop::running().time();
  co_await asyncio::testing::advance(1h);
  done = asyncio::loop::running().time() - begin == 1h;
  if (!done) throw std::runtime_error("an hour is not an hour");
}

}  // namespace

int main() {
  asyncio::testing::run(an_hour());
  if (asyncio::testing::stop_at_every_step(&an_hour) == 0) return 1;
  return asyncio::testing::cancel_at_every_step(&an_hour) > 0 ? 0 : 1;
}
