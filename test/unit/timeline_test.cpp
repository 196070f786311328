// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE timeline
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;

namespace {

/// A folder of its own, gone at the end.
class folder {
 public:
  folder() {
    std::string name = (std::filesystem::temp_directory_path() / "asyncio-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  folder(folder const&) = delete;
  folder& operator=(folder const&) = delete;
  ~folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string file(char const* name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

std::string content(std::string const& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool contains(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

awaitable<void> hold(asyncio::lock& l, asyncio::duration d) {
  auto const guard = co_await l.acquire();
  co_await asyncio::sleep(d);
}

/// Where `part` stands in `text`.
std::vector<std::size_t> places(std::string const& text, std::string const& part) {
  std::vector<std::size_t> all;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) all.push_back(at);
  return all;
}

/// Like `trace_to` and `timeline_to`.
using recorder = std::shared_ptr<asyncio::instrument> (*)(asyncio::loop&, std::string const&);

/// What `record` writes of `body`, which runs in the main task, as one that was there before.
std::string recorded(recorder record, awaitable<void> (*body)()) {
  folder const here;
  std::string const path = here.file("recorded");
  auto const main = [record, body](std::string const& to) -> awaitable<void> {
    auto& loop = asyncio::loop::running();
    auto file = record(loop, to);
    co_await body();
    loop.remove_instrument(*file);
    file.reset();
  };
  asyncio::testing::run(main(path));
  return content(path);
}

awaitable<void> join(asyncio::task<void> t) { co_await t.join(); }

awaitable<void> give_up_after(asyncio::duration d) { (void)co_await asyncio::move_on_after(d, asyncio::sleep(1h)); }

awaitable<void> program() {
  asyncio::lock l;
  auto holder = asyncio::create_task(hold(l, 2s), "holder");
  auto waiter = asyncio::create_task(hold(l, 1s), "waiter");
  auto joiner = asyncio::create_task(join(waiter), "joiner");
  auto late = asyncio::create_task(give_up_after(1s), "late");
  auto idle = asyncio::create_task(asyncio::sleep_forever(), "idle");
  co_await asyncio::gather(joiner, late);
  idle.cancel();
  co_await asyncio::sleep(1s);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_timeline_of_a_loop_of_ones_own_is_written_when_the_instrument_is_let_go) {
  folder const here;
  std::string const path = here.file("run.html");
  auto const main = [](std::string const& to) -> awaitable<void> {
    auto& loop = asyncio::loop::running();
    auto page = asyncio::timeline_to(loop, to);
    co_await program();
    loop.remove_instrument(*page);
    BOOST_TEST(content(to) == "");
    page.reset();
  };
  asyncio::testing::run(main(path));
  std::string const text = content(path);
  BOOST_TEST(text.find("<!") == 0u);
  BOOST_TEST(contains(text, "lock #1 held by 'holder'"));
  BOOST_TEST(contains(text, "join of task 'waiter'"));
  BOOST_TEST(contains(text, "\"labels\":[\""));
  BOOST_TEST(contains(text, "\"wakes\":[["));
  BOOST_TEST(contains(text, "\"cancels\":[["));
  BOOST_TEST(contains(text, "\"timeouts\":[["));
}

BOOST_AUTO_TEST_CASE(a_trace_of_a_loop_of_ones_own_is_complete_when_the_instrument_is_let_go) {
  folder const here;
  std::string const path = here.file("run.json");
  auto const main = [](std::string const& to) -> awaitable<void> {
    auto& loop = asyncio::loop::running();
    auto trace = asyncio::trace_to(loop, to);
    co_await program();
    auto left = asyncio::create_task(asyncio::sleep_forever(), "left");
    co_await asyncio::sleep(1s);
    loop.remove_instrument(*trace);
    trace.reset();
  };
  asyncio::testing::run(main(path));
  std::string const text = content(path);
  BOOST_TEST(contains(text, "\"holder\""));
  BOOST_TEST(contains(text, "has not ended"));
  BOOST_TEST(text.find_last_of("]") > text.size() - 4);
}

BOOST_AUTO_TEST_CASE(a_trace_that_cannot_be_written_any_more_is_told_once_and_the_program_goes_on) {
  std::ostringstream text;
  auto const main = []() -> awaitable<void> {
    auto& loop = asyncio::loop::running();
    auto const trace = asyncio::trace_to(loop, "/dev/full");
    for (int i = 0; i < 2000; ++i) co_await asyncio::sleep(1ms);  // more than is kept in memory
    co_await program();
    loop.remove_instrument(*trace);
  };
  auto sink = std::make_shared<spdlog::sinks::ostream_sink_st>(text);
  sink->set_pattern("%l: %v");
  asyncio::run_options options;
  options.clock(asyncio::clock_kind::virtual_).handle_sigint(false);
  asyncio::run(main(), options.logger(std::make_shared<spdlog::logger>("test", sink)));
  BOOST_TEST(text.str() == "warning: the trace file cannot be written any more; what is in it so far stays valid\n");
}

BOOST_AUTO_TEST_CASE(a_trace_whose_disk_is_full_stays_valid) {
  folder const here;
  std::string const path = here.file("full.json");
  auto const main = [](std::string const& to) -> awaitable<void> {
    auto& loop = asyncio::loop::running();
    auto const trace = asyncio::trace_to(loop, to);
    for (int i = 0; i < 4000; ++i) co_await asyncio::sleep(1ms);
    loop.remove_instrument(*trace);
  };
  asyncio::run_options options;
  options.clock(asyncio::clock_kind::virtual_).handle_sigint(false);
  options.logger(std::make_shared<spdlog::logger>("silent"));
  rlimit before{};
  BOOST_REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  auto const handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit const small{100'000, before.rlim_max};
  BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  asyncio::run(main(path), options);
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  std::string const text = content(path);
  BOOST_TEST(text.size() > 60'000u);
  BOOST_TEST(text.size() <= 100'000u);
  BOOST_TEST(text.find_last_of("]") > text.size() - 4);
}

awaitable<void> leaves_forty_behind() {
  for (int i = 0; i < 40; ++i) asyncio::create_task(asyncio::sleep_forever());
  co_await asyncio::sleep(1s);
}

BOOST_AUTO_TEST_CASE(a_trace_ends_the_tasks_that_have_not_ended_in_the_order_of_their_numbers) {
  std::string const text = recorded(&asyncio::trace_to, &leaves_forty_behind);
  auto const ends = places(text, "has not ended");
  BOOST_TEST(ends.size() == 40u);
  int last = 0;
  for (std::size_t const at : ends) {
    auto const tid = text.rfind("\"tid\":", at);
    BOOST_REQUIRE(tid != std::string::npos);
    int const task = std::atoi(text.c_str() + tid + 6);
    BOOST_TEST(task > last);
    last = task;
  }
}

awaitable<void> gathers() { co_await asyncio::gather(asyncio::sleep(1s), asyncio::sleep(2s)); }
awaitable<void> a_gather() { co_await asyncio::create_task(gathers()).join(); }

awaitable<void> with_a_child(asyncio::task_group& g) {
  g.create_task(asyncio::sleep(1s));
  co_return;
}
awaitable<void> a_group() { co_await asyncio::create_task(asyncio::with_task_group(with_a_child)).join(); }

awaitable<void> waits_for(asyncio::event& e) { co_await e.wait(); }

awaitable<void> sets_later(asyncio::event& e) {
  co_await asyncio::sleep(1s);
  e.set();
}

awaitable<void> an_event() {
  asyncio::event e;
  auto const a = asyncio::create_task(waits_for(e));
  auto const b = asyncio::create_task(sets_later(e));
  co_await a.join();
  co_await b.join();
}

BOOST_AUTO_TEST_CASE(a_trace_has_an_arrow_from_the_last_child_to_its_parent) {
  BOOST_TEST(contains(recorded(&asyncio::trace_to, &a_gather), "\"wake\""));
  BOOST_TEST(contains(recorded(&asyncio::trace_to, &a_group), "\"wake\""));
}

BOOST_AUTO_TEST_CASE(a_trace_has_an_arrow_from_whoever_wakes_a_task) {
  BOOST_TEST(places(recorded(&asyncio::trace_to, &an_event), "\"name\":\"wake\"").size() == 2u);  // its two ends
}

BOOST_AUTO_TEST_CASE(a_parent_that_its_last_child_wakes_is_drawn_with_an_arrow) {
  // Task-4 wakes Task-2, and nobody else does.
  BOOST_TEST(contains(recorded(&asyncio::timeline_to, &a_gather), "\"wakes\":[[2000000000,4,2000000000,2]]"));
}
