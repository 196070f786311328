// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE contract
// Every name and signature of the public interface, used as a program outside this repository would.
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <csignal>
#include <functional>
#include <future>
#include <list>
#include <memory>
#include <set>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::testing::keep_alive;

namespace {

awaitable<int> square(int x) {
  co_await asyncio::sleep(10ms);
  co_return x * x;
}
awaitable<> nothing() { co_await asyncio::yield(); }
awaitable<std::unique_ptr<int>> owned(int x) {
  co_await asyncio::yield();
  co_return std::make_unique<int>(x);
}
awaitable<int> fails() {
  co_await asyncio::yield();
  throw std::runtime_error("boom");
}
struct no_default {
  explicit no_default(int v) : value(v) {}
  int value;
};
awaitable<no_default> picky(int x) { co_return no_default(x); }

template <class T, class U>
constexpr bool same = std::is_same_v<T, U>;

}  // namespace

static_assert(same<asyncio::awaitable<int>, boost::asio::awaitable<int>>);
static_assert(same<asyncio::awaitable<>, boost::asio::awaitable<void>>);
static_assert(same<asyncio::duration, std::chrono::steady_clock::duration>);
static_assert(same<asyncio::time_point, std::chrono::steady_clock::time_point>);
static_assert(same<asyncio::result<int>, boost::system::result<int, std::exception_ptr>>);

BOOST_AUTO_TEST_CASE(run_forms) {
  BOOST_TEST(asyncio::run(square(3)) == 9);
  BOOST_TEST(asyncio::run(square, 3) == 9);
  BOOST_TEST(asyncio::run([](int a, int b) -> awaitable<int> { co_return a + b; }, 1, 2) == 3);
  BOOST_TEST(asyncio::run(square(3), asyncio::run_options()
                                         .seed(1)
                                         .clock(asyncio::clock_kind::virtual_)
                                         .debug(true)
                                         .handle_sigint(false)
                                         .shutdown_timeout(1s)
                                         .name("main")
                                         .slow_step(1s)
                                         .logger(nullptr)) == 9);
  asyncio::runner r(asyncio::run_options().clock(asyncio::clock_kind::virtual_));
  BOOST_TEST(r.run(square(2)) == 4);
  BOOST_TEST(r.run(square(3)) == 9);
  asyncio::loop& l = r.get_loop();
  (void)l;
  r.close();
  BOOST_TEST(*asyncio::run(owned(4)) == 4);
  BOOST_TEST(asyncio::run(picky(4)).value == 4);
  auto capturing = [n = std::string("x")](std::string s) -> awaitable<std::string> { co_return n + s; };
  BOOST_TEST(asyncio::run(capturing, "y") == "xy");
}

BOOST_AUTO_TEST_CASE(in_an_asio_program) {
  boost::asio::io_context ctx;
  auto t = asyncio::create_task(ctx, square(4));
  auto u = asyncio::create_task(ctx, square(4), asyncio::task_options().name("u"));
  bool ran = false;
  boost::asio::co_spawn(
      ctx,
      [&]() -> awaitable<void> {
        using namespace boost::asio::experimental::awaitable_operators;
        co_await asyncio::sleep(1ms);
        auto [a, b] = co_await asyncio::gather(square(1), square(2));
        auto first = co_await (square(2) || square(3));
        (void)first;
        ran = a + b == 5;
      },
      boost::asio::detached);
  ctx.run();
  BOOST_TEST(ran);
  BOOST_TEST(t.result() == 16);
  BOOST_TEST(u.name() == "u");
}

ASYNCIO_TEST_CASE(tasks) {
  asyncio::task<int> t = asyncio::create_task(square(2));
  asyncio::task<int> n = asyncio::create_task(square(2), "name");
  auto o = asyncio::create_task(
      square(2), asyncio::task_options().name("o").eager_start(true).context(asyncio::context::copy_current()));
  auto f = asyncio::create_task_fn(
      [](std::string a, int b) -> awaitable<std::string> { co_return a + std::to_string(b); }, "a", 1);
  int const v = co_await t.join();
  BOOST_TEST(v == 4);
  int const w = co_await asyncio::create_task(square(3));
  BOOST_TEST(w == 9);
  co_await n.join();
  co_await o.join();
  BOOST_TEST(co_await f.join() == "a1");
  bool const flags = t.done() && !t.cancelled() && t.result() == 4 && t.exception() == nullptr;
  BOOST_TEST(flags);
  auto c = asyncio::create_task(asyncio::sleep_forever());
  std::uint64_t const id = c.add_done_callback([](asyncio::task<void>) {});
  std::size_t const removed = c.remove_done_callback(id);
  BOOST_TEST(removed == 1u);
  co_await asyncio::yield();
  BOOST_TEST(c.cancel("why"));
  BOOST_TEST(c.cancelling() == 1);
  BOOST_TEST(c.uncancel() == 0);
  c.cancel();
  try {
    co_await c.join();
  } catch (asyncio::cancelled_error const&) {}
  c.set_name("x");
  std::string_view const name = c.name();
  BOOST_TEST(name == "x");
  std::uint64_t const number = c.id();
  (void)number;
  asyncio::source_location const where = c.created_at();
  (void)where;
  asyncio::any_task any = c;
  asyncio::any_task self = asyncio::current_task();
  std::vector<asyncio::any_task> all = asyncio::all_tasks();
  BOOST_TEST(all.size() >= 1u);
  any.cancel_threadsafe();
}

ASYNCIO_TEST_CASE(several) {
  std::tuple<int, std::monostate, std::unique_ptr<int>> r = co_await asyncio::gather(square(1), nothing(), owned(3));
  BOOST_TEST(*std::get<2>(r) == 3);
  co_await asyncio::gather(nothing(), asyncio::sleep(1s));
  std::vector<awaitable<int>> many;
  for (int i = 0; i < 5; ++i) many.push_back(square(i));
  std::vector<int> squares = co_await asyncio::gather(std::move(many));
  BOOST_TEST(squares.size() == 5u);
  auto both = co_await asyncio::gather(asyncio::return_exceptions, square(2), fails(), nothing());
  static_assert(same<decltype(both), std::tuple<asyncio::result<int>, asyncio::result<int>, asyncio::result<void>>>);
  BOOST_TEST(std::get<1>(both).has_error());
  std::vector<awaitable<int>> v2;
  v2.push_back(square(2));
  v2.push_back(fails());
  std::vector<asyncio::result<int>> rs = co_await asyncio::gather(asyncio::return_exceptions, std::move(v2));
  BOOST_TEST(rs[0].value() == 4);
  auto a = asyncio::create_task(square(2));
  auto b = asyncio::create_task(square(3));
  auto [x, y] = co_await asyncio::gather(a, b);
  BOOST_TEST(x + y == 13);
  std::vector<asyncio::task<int>> ts;
  ts.push_back(asyncio::create_task(square(2)));
  ts.push_back(asyncio::create_task(square(3)));
  std::vector<int> rt = co_await asyncio::gather(ts);
  BOOST_TEST(rt[1] == 9);
  std::list<awaitable<int>> li;
  for (int i = 0; i < 5; ++i) li.push_back(square(i));
  std::vector<int> limited = co_await asyncio::gather(asyncio::limit(2), std::move(li));
  BOOST_TEST(limited[4] == 16);

  ts.clear();
  ts.push_back(asyncio::create_task(square(2)));
  ts.push_back(asyncio::create_task(square(3)));
  asyncio::wait_result<int> w = co_await asyncio::wait(ts);
  BOOST_TEST(w.done.size() == 2u);
  ts.push_back(asyncio::create_task(square(3)));
  w = co_await asyncio::wait(ts, asyncio::first_completed, 1s);
  w = co_await asyncio::wait(ts, asyncio::first_exception);
  w = co_await asyncio::wait(ts, asyncio::all_completed, std::nullopt);
  std::vector<asyncio::any_task> mixed;
  mixed.push_back(asyncio::create_task(square(2)));
  mixed.push_back(asyncio::create_task(nothing()));
  auto wm = co_await asyncio::wait(mixed);
  BOOST_TEST(wm.done.size() == 2u);

  std::vector<awaitable<int>> ac;
  ac.push_back(square(1));
  ac.push_back(square(2));
  auto stream = asyncio::as_completed(std::move(ac), 5s);
  while (std::optional<asyncio::task<int>> t = co_await stream.next()) BOOST_TEST(t->done());
  ts.clear();
  ts.push_back(asyncio::create_task(square(2)));
  auto stream2 = asyncio::as_completed(ts);
  while (auto t = co_await stream2.next()) BOOST_TEST(t->result() == 4);

  std::vector<awaitable<int>> ra;
  ra.push_back(square(1));
  ra.push_back(square(2));
  int const win = co_await asyncio::race(std::move(ra));
  BOOST_TEST((win == 1 || win == 4));  // they end in one pass: whose turn comes first has won
  std::variant<int, std::unique_ptr<int>> va = co_await asyncio::race(square(5), owned(3));
  BOOST_TEST(va.index() == 1u);
  auto vs = co_await asyncio::race_success(fails(), square(3));
  BOOST_TEST(std::get<1>(vs) == 9);
  std::vector<awaitable<int>> rs2;
  rs2.push_back(fails());
  rs2.push_back(fails());
  try {
    co_await asyncio::race_success(std::move(rs2));
    BOOST_TEST(false);
  } catch (asyncio::exception_group const& g) {
    std::span<std::exception_ptr const> es = g.exceptions();
    BOOST_TEST(es.size() == 2u);
    BOOST_TEST(g.contains<std::runtime_error>());
    auto parts = g.split<std::runtime_error>();
    (void)parts;
  }
}

namespace {
awaitable<void> server(asyncio::task_status<int> status, int port) {
  status.started(port);
  co_await asyncio::sleep_forever();
}
awaitable<int> group_body(asyncio::task_group& g, int x) {
  asyncio::task<int> t = g.create_task(square(x));
  g.create_task(nothing(), asyncio::task_options().name("n"));
  int const port = co_await g.start<int>(server, 80);
  int const v = co_await t.join();
  g.cancel();
  co_return v + port;
}
awaitable<int> scoped(asyncio::timeout_scope& s, int x) {
  auto when = s.when();
  (void)when;
  s.reschedule(asyncio::loop::running().time() + 10s);
  BOOST_TEST(!s.expired());
  co_return co_await square(x);
}
}  // namespace

ASYNCIO_TEST_CASE(structure_and_time) {
  int const r = co_await asyncio::with_task_group(group_body, 3);
  BOOST_TEST(r == 89);
  BOOST_TEST(co_await asyncio::timeout(1s, square(2)) == 4);
  bool timed_out = false;
  try {
    co_await asyncio::timeout(1ms, square(2));
  } catch (asyncio::timeout_error const&) {
    timed_out = true;
  }
  BOOST_TEST(timed_out);
  BOOST_TEST(co_await asyncio::timeout_at(asyncio::loop::running().time() + 1s, square(2)) == 4);
  BOOST_TEST(co_await asyncio::with_timeout(1s, scoped, 3) == 9);
  std::optional<int> m = co_await asyncio::move_on_after(1ms, square(2));
  BOOST_TEST(!m.has_value());
  bool const moved = co_await asyncio::move_on_after(1s, nothing());
  BOOST_TEST(moved);
  BOOST_TEST(co_await asyncio::wait_for(square(2), 1s) == 4);
  auto t = asyncio::create_task(square(2));
  BOOST_TEST(co_await asyncio::wait_for(t, 1s) == 4);
  BOOST_TEST(co_await asyncio::shield(square(2)) == 4);
  auto t2 = asyncio::create_task(square(2));
  BOOST_TEST(co_await asyncio::shield(t2) == 4);
  BOOST_TEST(co_await asyncio::finally(square(2), nothing()) == 4);
  co_await asyncio::sleep_until(asyncio::loop::running().time() + 1s);
  asyncio::duration const d = co_await asyncio::random_delay(1s);
  asyncio::duration const e = co_await asyncio::random_delay(1ms, 1s);
  BOOST_TEST((d <= 1s && e >= 1ms));
  auto sleeping = asyncio::create_task(asyncio::sleep(1s));
  co_await sleeping.join();
  awaitable<void> converted = asyncio::sleep(1s);
  co_await std::move(converted);
  asyncio::time_point const deadline = asyncio::current_effective_deadline();
  (void)deadline;
  co_await asyncio::with_timeout(std::chrono::duration<double>(1.5),
                                 [](asyncio::timeout_scope&) -> awaitable<void> { co_await asyncio::sleep(1s); });
}

BOOST_AUTO_TEST_CASE(random_names) {
  namespace r = asyncio::random;
  r::seed(5);
  r::generator g(5);
  BOOST_TEST(r::random() == g.random());
  BOOST_TEST(r::uniform(1.0, 2.0) == g.uniform(1.0, 2.0));
  BOOST_TEST(r::randint(1, 100) == g.randint(1, 100));
  BOOST_TEST(r::randrange(10) == g.randrange(10));
  BOOST_TEST(r::randrange(0, 10, 3) == g.randrange(0, 10, 3));
  BOOST_TEST(r::getrandbits(10) == g.getrandbits(10));
  std::vector<int> v{1, 2, 3, 4};
  BOOST_TEST(r::choice(v) == g.choice(v));
  BOOST_TEST(r::sample(v, 2) == g.sample(v, 2));
  std::vector<double> weights{1, 2, 3, 4};
  BOOST_TEST(r::choices(v, weights, 3) == g.choices(v, weights, 3));
  auto w = v;
  r::shuffle(v);
  g.shuffle(w);
  BOOST_TEST(v == w);
  BOOST_TEST(r::gauss(0.0, 1.0) == g.gauss(0.0, 1.0));
  BOOST_TEST(r::normalvariate(0.0, 1.0) == g.normalvariate(0.0, 1.0));
  BOOST_TEST(r::expovariate(1.5) == g.expovariate(1.5));
  BOOST_TEST(r::triangular(0.0, 1.0, 0.5) == g.triangular(0.0, 1.0, 0.5));
  BOOST_TEST(r::betavariate(1.0, 2.0) == g.betavariate(1.0, 2.0));
  BOOST_TEST(r::gammavariate(1.0, 2.0) == g.gammavariate(1.0, 2.0));
  BOOST_TEST(r::lognormvariate(1.0, 2.0) == g.lognormvariate(1.0, 2.0));
  BOOST_TEST(r::vonmisesvariate(1.0, 2.0) == g.vonmisesvariate(1.0, 2.0));
  BOOST_TEST(r::paretovariate(1.0) == g.paretovariate(1.0));
  BOOST_TEST(r::weibullvariate(1.0, 2.0) == g.weibullvariate(1.0, 2.0));
}

ASYNCIO_TEST_CASE(kit) {
  co_await asyncio::testing::advance(1s);
  co_await asyncio::testing::wait_all_tasks_blocked();
  asyncio::testing::sequencer seq;
  {
    auto turn = co_await seq(0);
    (void)turn;
  }
  int const v = asyncio::loop::running_or_null() != nullptr;
  BOOST_TEST(v == 1);
}

BOOST_AUTO_TEST_CASE(test_run) {
  BOOST_TEST(asyncio::testing::run(square(3), asyncio::testing::test_options().seed(3).shuffle(true)) == 9);
  BOOST_CHECK_THROW(asyncio::testing::run(asyncio::sleep_forever()), asyncio::deadlock_error);
}

BOOST_AUTO_TEST_CASE(errors) {
  static_assert(!std::is_base_of_v<std::exception, asyncio::cancelled_error>);
  static_assert(std::is_base_of_v<boost::system::system_error, asyncio::timeout_error>);
  static_assert(std::is_base_of_v<asyncio::error, asyncio::invalid_state>);
  static_assert(std::is_base_of_v<asyncio::error, asyncio::no_running_loop>);
  static_assert(std::is_base_of_v<asyncio::error, asyncio::loop_already_running>);
  static_assert(std::is_base_of_v<asyncio::error, asyncio::deadlock_error>);
  static_assert(std::is_base_of_v<asyncio::error, asyncio::keyboard_interrupt>);
  static_assert(std::is_base_of_v<std::exception, asyncio::exception_group>);
  BOOST_CHECK_THROW((void)asyncio::loop::running(), asyncio::no_running_loop);
  asyncio::context_var<int> var(3);
  BOOST_TEST(var.get() == 3);
  auto token = var.set(4);
  BOOST_TEST(var.get() == 4);
  var.reset(token);
}

ASYNCIO_TEST_CASE(tokens) {
  auto f = asyncio::sleep(1ms)(boost::asio::use_future);
  co_await asyncio::sleep(2ms);
  f.get();
  co_await asyncio::sleep(1ms)(boost::asio::use_awaitable);
}

namespace {
awaitable<void> produce(asyncio::queue<int>& q) {
  for (int i = 0; i < 3; ++i) co_await q.put(i);
}
}  // namespace

ASYNCIO_TEST_CASE(synchronisation) {
  asyncio::event e;
  e.set();
  BOOST_TEST(e.is_set());
  co_await e.wait();
  e.clear();
  auto& l = keep_alive<asyncio::lock>();
  {
    auto g = co_await l.acquire();
    BOOST_TEST(l.locked());
    auto none = l.try_acquire();
    BOOST_TEST(!none.has_value());
    g.unlock();
    BOOST_TEST(!l.locked());
  }
  asyncio::condition own;
  auto& shared = keep_alive<asyncio::condition>(l);
  auto& notified = keep_alive<int>();
  auto notifier = asyncio::create_task_fn(
      [](asyncio::condition& c, int& x) -> awaitable<void> {
        auto g = co_await c.acquire();
        x = 1;
        c.notify();
        c.notify(2);
        c.notify_all();
      },
      std::ref(shared), std::ref(notified));
  {
    auto g = co_await own.acquire();
    own.notify_all();
  }
  {
    bool ready = true;
    auto g = co_await own.acquire();
    auto pred = [&ready] { return ready; };
    co_await own.wait_for(pred);
  }
  co_await notifier.join();
  asyncio::semaphore s(2);
  auto g1 = co_await s.acquire();
  s.release();
  asyncio::bounded_semaphore b(1);
  { auto g = co_await b.acquire(); }
  asyncio::barrier bar(1);
  auto index = co_await bar.wait();
  BOOST_TEST(index == 0u);
  bar.abort();
  BOOST_CHECK_THROW(co_await bar.wait(), asyncio::broken_barrier);
  bar.reset();
  asyncio::capacity_limiter lim(2);
  { auto g = co_await lim.acquire(); }
  auto& q = keep_alive<asyncio::queue<int>>(1);
  auto p = asyncio::create_task(produce(q));
  for (int i = 0; i < 3; ++i) {
    int const v = co_await q.get();
    BOOST_TEST(v == i);
    q.task_done();
  }
  co_await q.join();
  co_await p.join();
  BOOST_CHECK_THROW((void)q.get_nowait(), asyncio::queue_empty);
  q.put_nowait(1);
  BOOST_CHECK_THROW(q.put_nowait(2), asyncio::queue_full);
  BOOST_TEST(q.size() == 1u);
  BOOST_TEST(q.full());
  BOOST_TEST(!q.empty());
  BOOST_TEST(q.maxsize() == 1);
  q.shutdown();
  BOOST_CHECK_THROW(q.put_nowait(2), asyncio::queue_shut_down);
  asyncio::queue<std::unique_ptr<int>> unbounded;
  co_await unbounded.put(std::make_unique<int>(3));
  unbounded.shutdown(true);
  asyncio::lifo_queue<int> lq;
  asyncio::priority_queue<int> pq(3);
  asyncio::priority_queue<int, std::greater<>> pg;
  pq.put_nowait(3);
  pq.put_nowait(1);
  BOOST_TEST(pq.get_nowait() == 1);
  pg.put_nowait(1);
  pg.put_nowait(3);
  BOOST_TEST(pg.get_nowait() == 3);
  asyncio::future<int> f;
  f.add_done_callback([](asyncio::future<int>) {});
  BOOST_TEST(!f.done());
  f.set_result(3);
  BOOST_TEST(co_await f.wait() == 3);
  BOOST_TEST(f.result() == 3);
  asyncio::future<void> fv;
  fv.set_exception(std::make_exception_ptr(std::runtime_error("x")));
  BOOST_CHECK_THROW(co_await fv.wait(), std::runtime_error);
  asyncio::future<int> fc;
  fc.cancel();
  BOOST_CHECK_THROW(co_await fc.wait(), asyncio::cancelled_error);
}

ASYNCIO_TEST_CASE(threads_and_signals) {
  int const r = co_await asyncio::to_thread([](int a, int b) { return a + b; }, 1, 2);
  BOOST_TEST(r == 3);
  co_await asyncio::to_thread([] {});
  asyncio::loop& l = asyncio::loop::running();
  auto from_thread = [&l] {
    std::future<void> f = asyncio::run_coroutine_threadsafe(l, nothing());
    f.get();
    return 16;
  };
  BOOST_TEST(co_await asyncio::to_thread(from_thread) == 16);
  auto h1 = l.call_soon([] {});
  auto h2 = l.call_soon_threadsafe([] {});
  auto h3 = l.call_later(1s, [] {});
  auto h4 = l.call_at(l.time() + 1s, [] {});
  h1.cancel();
  h2.cancel();
  h3.cancel();
  h4.cancel();
  asyncio::time_point const t = l.time();
  (void)t;
  l.add_signal_handler(SIGUSR2, [] {});
  BOOST_TEST(l.remove_signal_handler(SIGUSR2));
  l.set_exception_handler([](asyncio::loop&, asyncio::exception_context const&) {});
  std::ostringstream table;
  asyncio::print_tasks(table);
  asyncio::print_task_tree(table);
  BOOST_TEST(table.str().find("Task-1") != std::string::npos);
}
