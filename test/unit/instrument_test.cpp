#define BOOST_TEST_MODULE instrument
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <set>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;

namespace {

/// Writes down every hook; `begin 2` is step_begin of task 2.
class recorder final : public asyncio::instrument {
 public:
  explicit recorder(asyncio::loop& l) : loop_(l) { loop_.kernel().set_instrument(this); }
  ~recorder() override { loop_.kernel().set_instrument(nullptr); }

  void task_created(std::uint64_t task, std::uint64_t creator, asyncio::source_location where) override {
    note("created", task, " by " + std::to_string(creator));
    file = where.file_name();
  }
  void task_started(std::uint64_t task) override { note("started", task); }
  void step_begin(std::uint64_t task) override { note("begin", task); }
  void step_end(std::uint64_t task) override { note("end", task); }
  void blocked(std::uint64_t task, asyncio::wait_info const& what) override {
    note("blocked", task, " on " + std::string(asyncio::to_string(what.kind)));
    last_wait = what;
  }
  void woken(std::uint64_t task) override { note("woken", task); }
  void cancel_requested(std::uint64_t task) override { note("cancel", task); }
  void task_finished(std::uint64_t task, bool cancelled, bool failed) override {
    note("finished", task, cancelled ? " cancelled" : failed ? " failed" : "");
  }

  /// The lines about one task.
  [[nodiscard]] std::vector<std::string> of(std::uint64_t task) const {
    std::vector<std::string> lines;
    for (auto const& [id, line] : lines_)
      if (id == task) lines.push_back(line);
    return lines;
  }
  [[nodiscard]] std::vector<std::pair<std::uint64_t, std::string>> const& all() const { return lines_; }
  std::string file;
  asyncio::wait_info last_wait;

 private:
  void note(char const* what, std::uint64_t task, std::string const& more = {}) {
    lines_.emplace_back(task, what + more);
  }
  asyncio::loop& loop_;
  std::vector<std::pair<std::uint64_t, std::string>> lines_;
};

using lines = std::vector<std::string>;

awaitable<void> yields_once() { co_await asyncio::yield(); }
awaitable<void> returns() { co_return; }
awaitable<void> throws() {
  co_await asyncio::yield();
  throw std::runtime_error("x");
}

}  // namespace

ASYNCIO_TEST_CASE(the_life_of_a_task_in_hooks) {
  recorder r(asyncio::loop::running());
  auto t = asyncio::create_task(yields_once());
  co_await t.join();
  auto const creator = std::to_string(asyncio::current_task().id());
  auto const seen = r.of(t.id());
  auto const expected = lines{"created by " + creator,
                              "begin",
                              "started",
                              "blocked on its next turn",
                              "woken",
                              "end",
                              "begin",
                              "finished",
                              "end"};
  BOOST_TEST(seen == expected, boost::test_tools::per_element());
  BOOST_TEST(r.file.find("instrument_test.cpp") != std::string::npos);
}

ASYNCIO_TEST_CASE(a_task_that_never_suspends_has_one_step) {
  recorder r(asyncio::loop::running());
  auto t = asyncio::create_task(returns());
  auto u = asyncio::create_task(returns());
  co_await t.join();
  co_await u.join();
  for (auto const& task : {t, u}) {
    auto const seen = r.of(task.id());
    BOOST_TEST(seen.size() == 5u);
    auto const tail = lines(seen.begin() + 1, seen.end());
    auto const expected = lines{"begin", "started", "finished", "end"};
    BOOST_TEST(tail == expected, boost::test_tools::per_element());
  }
}

ASYNCIO_TEST_CASE(the_children_of_a_gather_have_steps_of_their_own) {
  recorder r(asyncio::loop::running());
  std::vector<awaitable<void>> calls;
  for (int i = 0; i < 3; ++i) calls.push_back(returns());
  co_await asyncio::gather(std::move(calls));
  auto const me = asyncio::current_task().id();
  std::set<std::uint64_t> children;
  for (auto const& [id, line] : r.all())
    if (id != me && id != 0) children.insert(id);
  BOOST_TEST(children.size() == 3u);
  for (auto const id : children) {
    auto const seen = r.of(id);
    auto const expected = lines{"created by " + std::to_string(me), "begin", "started", "finished", "end"};
    BOOST_TEST(seen == expected, boost::test_tools::per_element());
  }
}

ASYNCIO_TEST_CASE(steps_nest_properly) {
  recorder r(asyncio::loop::running());
  auto eager = asyncio::create_task(yields_once(), asyncio::task_options().eager_start(true));
  co_await asyncio::gather(yields_once(), returns(), asyncio::sleep(1s), eager.join());
  std::vector<std::uint64_t> open;
  for (auto const& [id, line] : r.all()) {
    if (line == "begin") open.push_back(id);
    if (line == "end") {
      if (open.empty()) continue;  // the step in which the recorder was installed
      BOOST_TEST(open.back() == id);
      open.pop_back();
    }
  }
  BOOST_TEST(open.size() == 1u);  // the step that runs now
}

ASYNCIO_TEST_CASE(a_sleep_tells_until_when_and_wakes_at_its_end) {
  recorder r(asyncio::loop::running());
  auto const me = asyncio::current_task().id();
  co_await asyncio::sleep(3s);
  auto const seen = r.of(me);
  // The step in which the recorder was installed began without it: its end has the number 0.
  auto const expected = lines{"blocked on sleep", "woken", "begin"};
  BOOST_TEST(seen == expected, boost::test_tools::per_element());
  BOOST_TEST((r.last_wait.until == asyncio::time_point(3s)));
}

ASYNCIO_TEST_CASE(a_join_names_the_task_it_waits_for) {
  recorder r(asyncio::loop::running());
  auto t = asyncio::create_task(asyncio::sleep(1s));
  auto joins = [](asyncio::task<void> other) -> awaitable<void> { co_await other.join(); };
  auto j = asyncio::create_task(joins(t));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(r.of(j.id()).back() == "end");
  BOOST_TEST((j.waits_for().kind == asyncio::wait_kind::join));
  BOOST_TEST(j.waits_for().task == t.id());
  co_await j.join();
}

ASYNCIO_TEST_CASE(a_cancel_shows_as_request_wake_up_and_end) {
  recorder r(asyncio::loop::running());
  auto t = asyncio::create_task(asyncio::sleep(1h));
  co_await asyncio::testing::wait_all_tasks_blocked();
  t.cancel();
  co_await asyncio::testing::wait_all_tasks_blocked();
  auto const seen = r.of(t.id());
  auto const tail = lines(seen.end() - 5, seen.end());
  auto const expected = lines{"cancel", "woken", "begin", "finished cancelled", "end"};
  BOOST_TEST(tail == expected, boost::test_tools::per_element());
}

ASYNCIO_TEST_CASE(a_task_cancelled_before_its_start_is_created_and_finished_only) {
  recorder r(asyncio::loop::running());
  auto t = asyncio::create_task(returns());
  t.cancel();
  co_await asyncio::testing::wait_all_tasks_blocked();
  auto const seen = r.of(t.id());
  auto const expected =
      lines{"created by " + std::to_string(asyncio::current_task().id()), "cancel", "finished cancelled"};
  BOOST_TEST(seen == expected, boost::test_tools::per_element());
}

ASYNCIO_TEST_CASE(a_failure_shows) {
  recorder r(asyncio::loop::running());
  auto t = asyncio::create_task(throws());
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(r.of(t.id()).at(r.of(t.id()).size() - 2) == "finished failed");
  BOOST_TEST((t.exception() != nullptr));
}

ASYNCIO_TEST_CASE(an_asio_operation_is_a_step_without_a_block) {
  recorder r(asyncio::loop::running());
  auto posts = []() -> awaitable<void> {
    co_await boost::asio::post(asyncio::loop::running().get_executor(), boost::asio::use_awaitable);
  };
  auto t = asyncio::create_task(posts());
  co_await t.join();
  auto const seen = r.of(t.id());
  auto const tail = lines(seen.begin() + 1, seen.end());
  auto const expected = lines{"begin", "started", "end", "begin", "finished", "end"};
  BOOST_TEST(tail == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_instrument_need_not_override_anything) {
  struct silent final : asyncio::instrument {};
  silent s;
  auto main = [&]() -> awaitable<int> {
    asyncio::loop::running().kernel().set_instrument(&s);
    auto t = asyncio::create_task(throws());
    co_await asyncio::sleep(1s);
    t.cancel();
    asyncio::loop::running().kernel().set_instrument(nullptr);
    co_return 1;
  };
  BOOST_TEST(asyncio::testing::run(main()) == 1);
}

BOOST_AUTO_TEST_CASE(every_kind_of_wait_has_a_text_of_its_own) {
  std::set<std::string> texts;
  for (int k = 0; k <= static_cast<int>(asyncio::wait_kind::raw_operation); ++k)
    texts.insert(std::string(asyncio::to_string(static_cast<asyncio::wait_kind>(k))));
  BOOST_TEST(texts.size() == static_cast<std::size_t>(asyncio::wait_kind::raw_operation) + 1);
  BOOST_TEST(texts.count("?") == 0u);
  BOOST_TEST(asyncio::to_string(static_cast<asyncio::wait_kind>(255)) == "?");
}
