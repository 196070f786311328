// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// A program with a bit of everything: report_test.py starts it with ASYNCIO_TRACE or ASYNCIO_TIMELINE set, and looks at
// what is written. Exit code 3: an exception.
#include <asyncio/asyncio.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdio>
#include <stdexcept>
#include <string_view>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;

namespace {

awaitable<void> fails() {
  co_await asyncio::sleep(3ms);
  throw std::runtime_error("on purpose");
}

awaitable<void> posts() {
  co_await boost::asio::post(asyncio::loop::running().get_executor(), boost::asio::use_awaitable);
}

awaitable<void> holds(asyncio::lock& l) {
  auto const guard = co_await l.acquire();
  co_await asyncio::sleep(1ms);
}

awaitable<void> joins(asyncio::task<void> t) { co_await t.join(); }

awaitable<void> everything() {
  asyncio::lock l;
  auto failing = asyncio::create_task(fails(), "fails");
  auto quoted = asyncio::create_task(asyncio::yield(), "qu\"o\\te <\xc3\xa4>");
  auto timed = asyncio::create_task(asyncio::timeout(2ms, asyncio::sleep(1h)), "timed");
  auto cancelled = asyncio::create_task(asyncio::sleep_forever(), "cancelled");
  auto never_begun = asyncio::create_task(asyncio::yield(), "never begun");
  never_begun.cancel();
  auto eager = asyncio::create_task(asyncio::sleep(1ms), asyncio::task_options().eager_start(true));
  asyncio::loop::running().call_soon([] {});
  co_await asyncio::gather(holds(l), holds(l), posts(), joins(quoted), joins(eager));
  cancelled.cancel();
  std::vector<asyncio::task<void>> const ending{failing, timed, cancelled};
  co_await asyncio::wait(ending);
  static_cast<void>(failing.exception());
  static_cast<void>(timed.exception());
  co_await asyncio::sleep(50ms);  // idle, however slow all before was
}

awaitable<void> throws() {
  asyncio::create_task(asyncio::sleep_forever(), "left over");
  co_await fails();
}

awaitable<void> waits() {
  auto t = asyncio::create_task(asyncio::sleep(1h), "long wait");
  std::puts("waits");
  std::fflush(stdout);
  co_await t.join();
}

void run(std::string_view what) {
  if (what == "everything") asyncio::run(everything());
  if (what == "throws") asyncio::run(throws());
  if (what == "waits") asyncio::run(waits());
  if (what == "twice") {
    asyncio::run(asyncio::yield(), asyncio::run_options().name("first run"));
    asyncio::run(asyncio::yield(), asyncio::run_options().name("second run"));
  }
}

}  // namespace

int main(int argc, char** argv) try { run(argc > 1 ? argv[1] : ""); } catch (asyncio::keyboard_interrupt const&) {
  return 130;
} catch (std::exception const& e) {
  std::puts(e.what());
  return 3;
}
