#define BOOST_TEST_MODULE timeline
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>

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

BOOST_AUTO_TEST_CASE(a_trace_ends_the_tasks_that_have_not_ended_in_the_order_of_their_numbers) {
  folder const here;
  std::string const path = here.file("left.json");
  auto const main = [](std::string const& to) -> awaitable<void> {
    auto& loop = asyncio::loop::running();
    auto trace = asyncio::trace_to(loop, to);
    for (int i = 0; i < 40; ++i) asyncio::create_task(asyncio::sleep_forever());
    co_await asyncio::sleep(1s);
    loop.remove_instrument(*trace);
    trace.reset();
  };
  asyncio::testing::run(main(path));
  std::string const text = content(path);
  int last = 0, found = 0;
  for (auto at = text.find("has not ended"); at != std::string::npos; at = text.find("has not ended", at + 1)) {
    auto const tid = text.rfind("\"tid\":", at);
    BOOST_REQUIRE(tid != std::string::npos);
    int const task = std::atoi(text.c_str() + tid + 6);
    BOOST_TEST(task > last);
    last = task;
    ++found;
  }
  BOOST_TEST(found == 40);
}

awaitable<void> gathers() { co_await asyncio::gather(asyncio::sleep(1s), asyncio::sleep(2s)); }

awaitable<void> with_a_child(asyncio::task_group& g) {
  g.create_task(asyncio::sleep(1s));
  co_return;
}

BOOST_AUTO_TEST_CASE(a_trace_has_an_arrow_from_the_last_child_to_its_parent) {
  folder const here;
  for (bool const grouped : {false, true}) {
    std::string const path = here.file(grouped ? "group.json" : "gather.json");
    auto const main = [](std::string const& to, bool in_group) -> awaitable<void> {
      auto& loop = asyncio::loop::running();
      auto trace = asyncio::trace_to(loop, to);
      auto const parent = in_group ? asyncio::create_task(asyncio::with_task_group(with_a_child))
                                   : asyncio::create_task(gathers());
      co_await parent.join();
      loop.remove_instrument(*trace);
      trace.reset();
    };
    asyncio::testing::run(main(path, grouped));
    BOOST_TEST(contains(content(path), "\"wake\""));
  }
}

awaitable<void> waits_for(asyncio::event& e) { co_await e.wait(); }

awaitable<void> sets_later(asyncio::event& e) {
  co_await asyncio::sleep(1s);
  e.set();
}

BOOST_AUTO_TEST_CASE(a_trace_has_an_arrow_from_whoever_wakes_a_task) {
  folder const here;
  std::string const path = here.file("wake.json");
  auto const main = [](std::string const& to) -> awaitable<void> {
    auto& loop = asyncio::loop::running();
    auto trace = asyncio::trace_to(loop, to);
    asyncio::event e;
    auto a = asyncio::create_task(waits_for(e));
    auto b = asyncio::create_task(sets_later(e));
    co_await a.join();
    co_await b.join();
    loop.remove_instrument(*trace);
    trace.reset();
  };
  asyncio::testing::run(main(path));
  std::string const text = content(path);
  int ends = 0;
  for (auto at = text.find("\"name\":\"wake\""); at != std::string::npos; at = text.find("\"name\":\"wake\"", at + 1)) ++ends;
  BOOST_TEST(ends == 2);
}

BOOST_AUTO_TEST_CASE(a_parent_that_its_last_child_wakes_is_drawn_with_an_arrow) {
  folder const here;
  std::string const path = here.file("gather.html");
  auto const main = [](std::string const& to) -> awaitable<void> {
    auto& loop = asyncio::loop::running();
    auto page = asyncio::timeline_to(loop, to);
    auto parent = asyncio::create_task(asyncio::gather(asyncio::sleep(1s), asyncio::sleep(2s)), "parent");
    co_await parent.join();
    loop.remove_instrument(*page);
    page.reset();
  };
  asyncio::testing::run(main(path));
  BOOST_TEST(contains(content(path), "\"wakes\":[[2000000000,4,2000000000,2]]"));  // Task-4 wakes Task-2, and nobody else does
}
