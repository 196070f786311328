#define BOOST_TEST_MODULE timeline
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
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
