// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE instrument
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::testing::keep_alive;

namespace {

/// Writes down every hook; `begin 2` is step_begin of task 2.
class recorder final : public asyncio::instrument {
 public:
  explicit recorder(asyncio::loop& l) : loop_(l) {
    loop_.add_instrument(std::shared_ptr<instrument>(std::shared_ptr<void>(), this));  // a local object, not owned
  }
  recorder(recorder const&) = delete;
  recorder& operator=(recorder const&) = delete;
  ~recorder() override { loop_.remove_instrument(*this); }

  void task_created(std::uint64_t task, std::uint64_t creator, asyncio::source_location where) override {
    note("created", task, " by " + std::to_string(creator));
    file = where.file_name();
  }
  void task_named(std::uint64_t task, std::string_view name) override { note("named", task, " " + std::string(name)); }
  void task_started(std::uint64_t task) override { note("started", task); }
  void step_begin(std::uint64_t task) override { note("begin", task); }
  void step_end(std::uint64_t task) override { note("end", task); }
  void blocked(std::uint64_t task, asyncio::wait_info const& what) override {
    note("blocked", task, " on " + std::string(asyncio::to_string(what.kind)));
    last_wait = what;
  }
  void woken(std::uint64_t task) override { note("woken", task); }
  void cancel_requested(std::uint64_t task) override { note("cancel", task); }
  void timed_out(std::uint64_t task) override { note("timed out", task); }
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

asyncio::run_options virtual_time() {
  asyncio::run_options options;
  options.clock(asyncio::clock_kind::virtual_).handle_sigint(false);
  return options;
}

bool contains(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

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
    BOOST_REQUIRE(seen.size() == 5u);
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
      BOOST_REQUIRE(!open.empty());
      BOOST_TEST(open.back() == id);
      open.pop_back();
    }
  }
  BOOST_TEST(open.size() == 1u);  // the step that runs now, not that in which the recorder was installed
}

ASYNCIO_TEST_CASE(a_sleep_tells_until_when_and_wakes_at_its_end) {
  recorder r(asyncio::loop::running());
  auto const me = asyncio::current_task().id();
  co_await asyncio::sleep(3s);
  auto const seen = r.of(me);
  // Of the step in which the recorder was installed it has not seen the begin, hence not the end.
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
  auto const seen = r.of(j.id());
  BOOST_REQUIRE(!seen.empty());
  BOOST_TEST(seen.back() == "end");
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
  BOOST_REQUIRE(seen.size() >= 5u);
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
  auto const seen = r.of(t.id());
  BOOST_REQUIRE(seen.size() >= 2u);
  BOOST_TEST(seen.at(seen.size() - 2) == "finished failed");
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
  BOOST_REQUIRE(!seen.empty());
  auto const tail = lines(seen.begin() + 1, seen.end());
  auto const expected = lines{"begin", "started", "end", "begin", "finished", "end"};
  BOOST_TEST(tail == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_instrument_need_not_override_anything) {
  struct silent final : asyncio::instrument {};
  auto const s = std::make_shared<silent>();
  auto main = [&]() -> awaitable<int> {
    auto t = asyncio::create_task(throws(), "fails");
    bool timed_out = false;
    try {
      co_await asyncio::timeout(1s, asyncio::sleep(1h));
    } catch (asyncio::timeout_error const&) {
      timed_out = true;
    }
    BOOST_TEST(timed_out);
    t.cancel();
    BOOST_TEST(asyncio::loop::running().remove_instrument(*s));
    BOOST_TEST(!asyncio::loop::running().remove_instrument(*s));
    co_return 1;
  };
  BOOST_TEST(asyncio::run(main(), virtual_time().instrument(s)) == 1);
}

ASYNCIO_TEST_CASE(a_name_is_told_after_the_creation_and_when_it_changes) {
  recorder r(asyncio::loop::running());
  auto t = asyncio::create_task(returns(), "first");
  t.set_name("second");
  co_await t.join();
  t.set_name("too late");
  auto const seen = r.of(t.id());
  BOOST_REQUIRE(seen.size() >= 3u);
  auto const head = lines(seen.begin(), seen.begin() + 3);
  auto const expected =
      lines{"created by " + std::to_string(asyncio::current_task().id()), "named first", "named second"};
  BOOST_TEST(head == expected, boost::test_tools::per_element());
  BOOST_TEST(seen.back() == "end");
}

ASYNCIO_TEST_CASE(a_timeout_shows_before_its_cancel) {
  recorder r(asyncio::loop::running());
  auto const me = asyncio::current_task().id();
  bool const in_time = co_await asyncio::move_on_after(1s, asyncio::sleep(1h));
  BOOST_TEST(!in_time);
  auto const seen = r.of(me);
  auto const expected = lines{"blocked on sleep", "timed out", "cancel", "woken", "begin"};
  BOOST_TEST(seen == expected, boost::test_tools::per_element());
}

ASYNCIO_TEST_CASE(a_callback_is_a_step_of_nobody) {
  recorder r(asyncio::loop::running());
  asyncio::loop::running().call_soon([] {});
  co_await asyncio::yield();
  co_await asyncio::yield();
  auto const seen = r.of(0);
  auto const expected = lines{"begin", "end"};
  BOOST_TEST(seen == expected, boost::test_tools::per_element());
}

namespace {

/// Counts events, and throws at a given one.
class breaks_at final : public asyncio::instrument {
 public:
  explicit breaks_at(int event) : left_(event) {}
  void run_begin(std::uint64_t) override { count(); }
  void run_end() override { count(); }
  void task_created(std::uint64_t, std::uint64_t, asyncio::source_location) override { count(); }
  void task_named(std::uint64_t, std::string_view) override { count(); }
  void task_started(std::uint64_t) override { count(); }
  void step_begin(std::uint64_t) override { count(); }
  void step_end(std::uint64_t) override { count(); }
  void blocked(std::uint64_t, asyncio::wait_info const&) override { count(); }
  void woken(std::uint64_t) override { count(); }
  void cancel_requested(std::uint64_t) override { count(); }
  void timed_out(std::uint64_t) override { count(); }
  void task_finished(std::uint64_t, bool, bool) override { count(); }
  int seen = 0;

 private:
  void count() {
    ++seen;
    if (--left_ == 0) throw std::runtime_error("broken hook");
  }
  int left_;
};

awaitable<int> a_bit_of_everything() {
  auto t = asyncio::create_task(throws(), "fails");
  auto u = asyncio::create_task(asyncio::sleep_forever());
  bool const in_time = co_await asyncio::move_on_after(1s, asyncio::sleep(1h));
  u.cancel();
  co_await asyncio::gather(yields_once(), returns());
  co_return in_time || t.exception() == nullptr ? 0 : 1;
}

}  // namespace

// conformance: XT8
BOOST_AUTO_TEST_CASE(an_instrument_that_throws_is_removed_with_a_line_and_the_program_goes_on) {
  auto const all = std::make_shared<breaks_at>(0);
  BOOST_TEST(asyncio::run(a_bit_of_everything(), virtual_time().instrument(all)) == 1);
  BOOST_TEST(all->seen > 30);
  for (int event = 1; event <= all->seen; ++event) {  // whichever event it breaks at
    std::ostringstream log;
    auto const broken = std::make_shared<breaks_at>(event);
    auto const healthy = std::make_shared<breaks_at>(0);
    auto const logger = std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_st>(log));
    int const result =
        asyncio::run(a_bit_of_everything(), virtual_time().logger(logger).instrument(broken).instrument(healthy));
    BOOST_TEST(result == 1);
    BOOST_TEST(broken->seen == event);
    BOOST_TEST(healthy->seen == all->seen);
    BOOST_TEST(contains(log.str(), "an instrument threw in its hook "));
    BOOST_TEST(contains(log.str(), " and was removed: broken hook"));
    BOOST_TEST(broken.use_count() == 1);
  }
}

ASYNCIO_TEST_CASE(an_instrument_may_remove_itself_and_add_another_while_it_is_told) {
  struct relay final : asyncio::instrument {
    void step_begin(std::uint64_t) override {
      asyncio::loop& l = asyncio::loop::running();
      next = std::make_shared<breaks_at>(0);
      l.add_instrument(next);
      l.remove_instrument(*this);
      ++told;
    }
    std::shared_ptr<breaks_at> next;
    int told = 0;
  };
  auto const r = std::make_shared<relay>();
  asyncio::loop::running().add_instrument(r);
  co_await asyncio::yield();
  co_await asyncio::yield();
  BOOST_TEST(r->told == 1);
  BOOST_REQUIRE(r->next != nullptr);
  BOOST_TEST(r->next->seen > 0);
  BOOST_TEST(asyncio::loop::running().remove_instrument(*r->next));
}

// conformance: XT8
BOOST_AUTO_TEST_CASE(a_loop_that_waits_says_so_before_and_after) {
  struct watcher final : asyncio::instrument {
    void run_begin(std::uint64_t) override { text += "run "; }
    void run_end() override { text += "end"; }
    void idle_begin() override { text += "idle "; }
    void idle_end() override { text += "busy "; }
    std::string text;
  };
  auto const w = std::make_shared<watcher>();
  static auto const main = [](std::string const& text) -> awaitable<void> {
    // On a busy machine it may be over before the loop waits.
    for (int i = 0; i < 1000 && text == "run "; ++i) co_await asyncio::sleep(1ms);
  };
  asyncio::run(main(w->text), asyncio::run_options().clock(asyncio::clock_kind::real).instrument(w));
  BOOST_TEST(w->text.find("run idle busy ") == 0u);
  BOOST_TEST(w->text.substr(w->text.size() - 8) == "busy end");
}

// conformance: XL5
ASYNCIO_TEST_CASE(a_loop_counts_what_it_does) {
  auto const before = asyncio::loop::running().statistics();
  auto good = asyncio::create_task(yields_once());
  auto bad = asyncio::create_task(throws());
  auto cancelled = asyncio::create_task(asyncio::sleep(1h));
  auto const queued = asyncio::loop::running().statistics();
  BOOST_TEST(queued.created == before.created + 3);
  BOOST_TEST(queued.alive == before.alive + 3);
  BOOST_TEST(queued.ready == before.ready + 3);
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(asyncio::loop::running().statistics().timers == before.timers + 1);
  cancelled.cancel();
  co_await asyncio::testing::wait_all_tasks_blocked();
  auto const after = asyncio::loop::running().statistics();
  BOOST_TEST(after.finished == before.finished + 1);
  BOOST_TEST(after.failed == before.failed + 1);
  BOOST_TEST(after.cancelled == before.cancelled + 1);
  BOOST_TEST(after.alive == before.alive);
  BOOST_TEST(after.timers == before.timers);
  BOOST_TEST(after.steps == before.steps + 8);  // two of each task, two of this one
  BOOST_TEST((bad.exception() != nullptr));
  BOOST_TEST(good.done());
}

ASYNCIO_TEST_CASE(an_instrument_that_is_removed_inside_its_own_hook_lives_until_that_returns) {
  struct fragile final : asyncio::instrument {
    fragile(bool& lives, bool& outlived) : lives_(lives), outlived_(outlived) { lives_ = true; }
    fragile(fragile const&) = delete;
    fragile& operator=(fragile const&) = delete;
    ~fragile() override { lives_ = false; }
    void step_begin(std::uint64_t) override {
      bool& lives = lives_;
      bool& outlived = outlived_;
      asyncio::create_task(asyncio::yield());  // which tells task_created in here
      outlived = !lives;
    }
    void task_created(std::uint64_t, std::uint64_t, asyncio::source_location) override {
      asyncio::loop::running().remove_instrument(*this);
    }
    bool& lives_;
    bool& outlived_;
  };
  auto& lives = keep_alive<bool>(false);
  auto& outlived = keep_alive<bool>(false);
  asyncio::loop::running().add_instrument(std::make_shared<fragile>(lives, outlived));
  BOOST_TEST(lives);
  co_await asyncio::yield();
  co_await asyncio::yield();
  BOOST_TEST(!lives);
  BOOST_TEST(!outlived);
}

BOOST_AUTO_TEST_CASE(every_kind_of_wait_has_a_text_of_its_own) {
  std::set<std::string> texts;
  for (int k = 0; k <= static_cast<int>(asyncio::wait_kind::raw_operation); ++k)
    texts.insert(std::string(asyncio::to_string(static_cast<asyncio::wait_kind>(k))));
  BOOST_TEST(texts.size() == static_cast<std::size_t>(asyncio::wait_kind::raw_operation) + 1);
  BOOST_TEST(texts.count("?") == 0u);
  BOOST_TEST(asyncio::to_string(static_cast<asyncio::wait_kind>(255)) == "?");
}
