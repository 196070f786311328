// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// A program that forks, or exits in the middle of things: forked_test.py starts it with the name of a case and looks at what
// it says and how it ends.
#include <asyncio/asyncio.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <spdlog/spdlog.h>

#include <sys/wait.h>
#include <unistd.h>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asyncio::awaitable;

namespace {

// Made before spdlog's register, so destroyed after it; and after the thread's own variables.
asyncio::any_task kept_until_exit;

void say(std::string const& line) {
  std::puts(line.c_str());
  std::fflush(stdout);
}

std::string how_it_ended(::pid_t child) {
  int status = 0;
  for (int i = 0; i < 1000; ++i) {
    if (::waitpid(child, &status, WNOHANG) == child)
      return WIFSIGNALED(status) ? "killed by " + std::to_string(WTERMSIG(status))
                                 : "exit " + std::to_string(WEXITSTATUS(status));
    ::usleep(10'000);
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, &status, 0);
  return "hung";
}

/// Forks; the child calls `body`, and what that returns is its status.
template <class Body>
::pid_t fork_child(Body body) {
  ::pid_t const child = ::fork();
  if (child != 0) return child;
  int status = 99;
  try {
    status = body();
  } catch (asyncio::keyboard_interrupt const&) {
    status = 8;
  } catch (std::exception const& e) {
    say(std::string("the child failed: ") + e.what());
  }
  ::_exit(status);
}

/// One byte from a child that is ready for its signal.
class starting_line {
 public:
  starting_line() {
    if (::pipe(ends_) != 0) std::abort();
  }
  void ready() const {
    if (::write(ends_[1], "r", 1) != 1) std::abort();
  }
  void wait() const {
    char byte = 0;
    if (::read(ends_[0], &byte, 1) != 1) std::abort();
  }

 private:
  int ends_[2];
};

// -- prefork servers -----------------------------------------------------------------------------------------------------

awaitable<int> worker(starting_line const& line) {
  asyncio::event stop;
  asyncio::loop::running().add_signal_handler(SIGTERM, [&] { stop.set(); });
  asyncio::loop::running().call_soon([&] { line.ready(); });
  co_await asyncio::timeout(5s, stop.wait());
  co_return 7;
}

awaitable<int> sleeper(starting_line const& line) {
  asyncio::loop::running().call_soon([&] { line.ready(); });
  co_await asyncio::sleep(5s);
  co_return 9;
}

/// The parent handles `number` and forks; the child, which is `body`, gets the signal.
awaitable<void> prefork(int (*body)(starting_line const&), int number) {
  int got = 0;
  asyncio::loop::running().add_signal_handler(SIGTERM, [&] { ++got; });
  co_await asyncio::sleep(1ms);
  starting_line const line;
  ::pid_t const child = fork_child([&] { return body(line); });
  line.wait();
  ::kill(child, number);
  say("the child: " + how_it_ended(child));
  co_await asyncio::sleep(1ms);
  say("the parent got " + std::to_string(got));
  std::raise(SIGTERM);
  co_await asyncio::sleep(1ms);
  say("the parent got " + std::to_string(got));
}

int worker_with_a_handler(starting_line const& line) { return asyncio::run(worker(line)); }
int worker_with_ctrl_c(starting_line const& line) { return asyncio::run(sleeper(line)); }
int worker_without_a_loop(starting_line const& line) {
  line.ready();
  ::usleep(5'000'000);
  return 5;
}

/// Other threads use loops, and the logger, while the main thread forks children that run one.
void beside_threads() {
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  auto const keep_calling = [&](auto fn) {
    threads.emplace_back([&stop, fn] {
      while (!stop) {
        for (int i = 0; i < 200; ++i) fn();
        ::usleep(100);  // on a busy machine the fork shall get the locks, too
      }
    });
  };
  keep_calling([] { (void)asyncio::loop::running_or_null(); });
  keep_calling([] { (void)asyncio::detail::default_logger(); });
  keep_calling([] { asyncio::run(asyncio::yield()); });
  auto const body = []() -> awaitable<int> {
    asyncio::loop::running().add_signal_handler(SIGUSR2, [] {});
    auto const five = [] { return 5; };
    co_return co_await asyncio::to_thread(five);
  };
  std::string ends = "exit 5";
  for (int i = 0; i < 15 && ends == "exit 5"; ++i)
    ends = how_it_ended(fork_child([&] { return asyncio::run(body()); }));
  stop = true;
  for (std::thread& t : threads) t.join();
  say("the children: " + ends);
}

/// Functions of to_thread are at work in the parent; the child runs some of its own.
awaitable<void> beside_a_pool() {
  std::atomic<bool> stop{false};
  auto const busy = [&] {
    while (!stop) ::usleep(1000);
  };
  auto const pending = asyncio::create_task(asyncio::to_thread(busy));
  co_await asyncio::sleep(1ms);
  auto const body = []() -> awaitable<int> {
    auto const five = [] { return 5; };
    co_return co_await asyncio::to_thread(five);
  };
  say("the child: " + how_it_ended(fork_child([&] { return asyncio::run(body()); })));
  stop = true;
  co_await pending.join();
}

// -- daemons -------------------------------------------------------------------------------------------------------------

awaitable<void> raw_wait() {
  asio::steady_timer t(co_await asio::this_coro::executor, 1h);
  co_await t.async_wait(asio::use_awaitable);
}

void check(bool good, std::string const& what) {
  if (!good) say("WRONG: " + what);
}

template <class Fn>
awaitable<void> in_a_thread(Fn fn) {
  std::thread t(fn);
  t.join();
  co_await asyncio::sleep(1ms);
}

int handled_since_before = 0;

awaitable<void> service(asio::io_context& context, ::pid_t parent) {
  asyncio::loop& loop = asyncio::loop::running();
  loop.add_signal_handler(SIGUSR2, [] { ++handled_since_before; });
  co_await asyncio::sleep(10ms);  // here the program becomes a daemon
  check(::getppid() == parent, "the child runs it");
  auto const sleeps = asyncio::create_task(raw_wait());
  co_await asyncio::sleep(1ms);
  sleeps.ref().get()->cancel({});
  co_await asyncio::sleep(1ms);
  check(sleeps.cancelled(), "a cancel of an Asio operation");
  auto const five = [] { return 5; };
  check(co_await asyncio::timeout(5s, asyncio::to_thread(five)) == 5, "to_thread");

  asyncio::event called;
  auto const call = [&] { loop.call_soon_threadsafe([&] { called.set(); }); };
  co_await in_a_thread(call);
  auto const woken = co_await asyncio::move_on_after(5s, called.wait());
  check(woken, "call_soon_threadsafe");
  auto victim = asyncio::create_task(asyncio::sleep_forever());
  co_await asyncio::yield();
  auto const cancel = [&] { victim.cancel_threadsafe(); };
  co_await in_a_thread(cancel);
  check(victim.cancelled(), "cancel_threadsafe");
  bool found = false;
  asio::post(context, [&] { found = asyncio::loop::running_or_null() == &loop; });
  co_await asyncio::sleep(1ms);
  check(found, "a plain handler finds its loop");

  std::raise(SIGUSR2);
  co_await asyncio::sleep(10ms);
  check(handled_since_before == 1, "a handler from before the fork");
  int handled = 0;
  loop.add_signal_handler(SIGUSR2, [&] { ++handled; });
  std::raise(SIGUSR2);
  co_await asyncio::sleep(10ms);
  check(handled == 1, "a handler from after it");
  loop.remove_signal_handler(SIGUSR2);
  say("served");
}

void daemon(bool notify) {
  asio::io_context context(1);
  auto main = asyncio::create_task(context, service(context, ::getpid()));
  context.poll();
  if (notify) context.notify_fork(asio::io_context::fork_prepare);
  ::pid_t const child = fork_child([&] {
    if (notify) context.notify_fork(asio::io_context::fork_child);
    context.run();
    main.result();
    return 4;
  });
  if (notify) context.notify_fork(asio::io_context::fork_parent);
  say("the daemon: " + how_it_ended(child));
  std::signal(SIGUSR2, SIG_DFL);
}

/// A function of to_thread that was at work at the fork: its thread does not exist in the daemon, and it says so.
void daemon_with_a_pool() {
  asio::io_context context(1);
  std::atomic<bool> begun{false};
  std::atomic<bool> stop{false};
  auto const busy = [&] {
    begun = true;
    while (!stop) ::usleep(1000);
  };
  auto main = asyncio::create_task(context, asyncio::to_thread(busy));
  while (!begun) context.run_for(1ms);
  context.notify_fork(asio::io_context::fork_prepare);
  ::pid_t const child = fork_child([&] {
    context.notify_fork(asio::io_context::fork_child);
    context.run();
    try {
      main.result();
    } catch (asyncio::invalid_state const&) {
      return 6;
    }
    return 4;
  });
  context.notify_fork(asio::io_context::fork_parent);
  say("the daemon: " + how_it_ended(child));
  stop = true;
  context.run();
  main.result();
}

void runner_from_before() {
  asyncio::runner r;
  r.run(asyncio::yield());
  ::pid_t const child = fork_child([&] {
    auto const body = []() -> awaitable<int> {
      asyncio::loop& loop = asyncio::loop::running();
      asyncio::event called;
      auto const call = [&] { loop.call_soon_threadsafe([&] { called.set(); }); };
      co_await in_a_thread(call);
      co_await asyncio::timeout(5s, called.wait());
      co_return 4;
    };
    return r.run(body());
  });
  say("the child: " + how_it_ended(child));
  r.run(asyncio::sleep(1ms));
}

// -- exits ---------------------------------------------------------------------------------------------------------------

awaitable<void> exits() {
  co_await asyncio::yield();
  std::exit(3);
}

awaitable<void> child_exits() {
  co_await asyncio::yield();
  ::pid_t const child = ::fork();
  if (child == 0) std::exit(4);
  say("the child: " + how_it_ended(child));
}

awaitable<int> fails() {
  co_await asyncio::yield();
  throw std::runtime_error("it failed");
}

void static_handle() {
  (void)spdlog::get("now spdlog's register is there");
  static asio::io_context context;
  kept_until_exit = asyncio::create_task(context, fails());
  context.run();
}

void exits_in_a_static_context() {
  static asio::io_context context;
  kept_until_exit = asyncio::create_task(context, exits());
  static auto const other = asyncio::create_task(context, asyncio::sleep_forever());
  context.run();
}

asyncio::run_options with_dump() { return asyncio::run_options().dump_signal(true); }

std::map<std::string, void (*)()> const cases{
    {"worker", [] { asyncio::run(prefork(worker_with_a_handler, SIGTERM)); }},
    {"worker_ctrl_c", [] { asyncio::run(prefork(worker_with_ctrl_c, SIGINT)); }},
    {"worker_without_a_loop", [] { asyncio::run(prefork(worker_without_a_loop, SIGTERM)); }},
    {"worker_without_a_loop_ctrl_c", [] { asyncio::run(prefork(worker_without_a_loop, SIGINT)); }},
    {"beside_threads", beside_threads},
    {"beside_a_pool", [] { asyncio::run(beside_a_pool()); }},
    {"daemon", [] { daemon(true); }},
    {"daemon_without_notify", [] { daemon(false); }},
    {"daemon_with_a_pool", daemon_with_a_pool},
    {"runner", runner_from_before},
    {"exit", [] { asyncio::run(exits()); }},
    {"exit_with_dump_signal", [] { asyncio::run(exits(), with_dump()); }},
    {"exit_of_a_child", [] { asyncio::run(child_exits(), with_dump()); }},
    {"exit_in_a_static_context", exits_in_a_static_context},
    {"static_handle", static_handle},
};

}  // namespace

int main(int argc, char** argv) {
  auto const found = argc > 1 ? cases.find(argv[1]) : cases.end();
  if (found == cases.end()) return 2;
  found->second();
  say("ended normally");
}
