// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// What destructors and exception handlers do while their loop ends comes too late: it leaks nothing and crashes nothing.
#define BOOST_TEST_MODULE loop_end
#include <asyncio/asyncio.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <spdlog/logger.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asyncio::awaitable;

namespace {

/// An operation that a cancel completes, inside of the emit or in a later turn.
template <class Token>
auto cancellable(bool in_line, Token&& token) {
  auto const initiation = [in_line](auto handler) {
    auto slot = asio::get_associated_cancellation_slot(handler);
    auto const shared = std::make_shared<decltype(handler)>(std::move(handler));
    slot.assign([shared, in_line](asio::cancellation_type) {
      auto go = [shared] {
        auto mine = std::move(*shared);
        std::move(mine)(asio::error::operation_aborted);
      };
      auto const executor = asio::get_associated_executor(*shared);
      if (in_line) {
        asio::dispatch(executor, go);
      } else {
        asio::post(executor, go);
      }
    });
  };
  return asio::async_initiate<Token, void(boost::system::error_code)>(initiation, token);
}

awaitable<void> waits_in(int kind) {
  asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
  switch (kind) {
    case 0: co_await cancellable(true, asio::use_awaitable); break;
    case 1: co_await cancellable(false, asio::use_awaitable); break;
    case 2: co_await timer.async_wait(asio::use_awaitable); break;
    case 3: co_await asyncio::sleep(1h); break;
    default: co_await asyncio::gather(asyncio::sleep(1h), asyncio::sleep_forever());
  }
}

/// Calls a function when it goes.
class at_exit {
 public:
  explicit at_exit(std::function<void()> fn) : fn_(std::move(fn)) {}
  at_exit(at_exit const&) = delete;
  at_exit& operator=(at_exit const&) = delete;
  ~at_exit() { fn_(); }

 private:
  std::function<void()> fn_;
};

awaitable<void> waits_beside(std::function<void()> when_destroyed, int kind) {
  at_exit const later(std::move(when_destroyed));
  co_await waits_in(kind);
}

/// Everything that a user's code may try, on a loop that is on its way out.
class busybody {
 public:
  explicit busybody(asio::io_context& context) : loop_(&asyncio::loop::of(context)), context_(&context) {}

  void act() {
    ++acts;
    for (auto& t : tasks) t.cancel();
    loop_->call_soon([held = held_] {});
    loop_->call_later(1s, [held = held_] {});
    loop_->call_soon([held = held_] {}).cancel();
    loop_->call_later(1s, [held = held_] {}).cancel();
    event.set();
    try {
      (void)asyncio::create_task(*context_, asyncio::sleep(1h));
      ++started;
    } catch (asyncio::invalid_state const&) {
      ++refused;
    }
    if (!dropped.empty()) dropped.pop_back();
  }
  [[nodiscard]] bool nothing_is_left() const { return held_.use_count() == 1; }

  std::vector<asyncio::task<void>> tasks;
  std::vector<asyncio::task<void>> dropped;
  asyncio::event event;
  int acts = 0;
  int started = 0;
  int refused = 0;

 private:
  asyncio::loop* loop_;
  asio::io_context* context_;
  std::shared_ptr<int> held_ = std::make_shared<int>(0);
};

awaitable<void> fails() {
  co_await asyncio::yield();
  throw std::runtime_error("nobody takes it");
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_exception_handler_may_do_anything_while_its_loop_is_destroyed) {
  for (int kind = 0; kind < 5; ++kind) {
    BOOST_TEST_CONTEXT("operation " << kind) {
      std::unique_ptr<busybody> user;
      {
        asio::io_context context;
        user = std::make_unique<busybody>(context);
        asyncio::loop::of(context).set_exception_handler([&](asyncio::exception_context const&) { user->act(); });
        for (int i = 0; i < 4; ++i) user->tasks.push_back(asyncio::create_task(context, waits_in(kind)));
        for (int i = 0; i < 4; ++i) user->dropped.push_back(asyncio::create_task(context, waits_in(kind)));
        asio::co_spawn(context, waits_in(std::max(kind, 2)), asio::detached);
        context.poll();
      }
      BOOST_TEST(user->acts == 8);
      BOOST_TEST(user->refused == user->acts);
      BOOST_TEST(user->started == 0);
      BOOST_TEST(user->nothing_is_left());
      for (auto const& t : user->tasks) BOOST_TEST(t.done());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_destructor_may_do_anything_while_its_loop_is_destroyed) {
  for (int kind = 2; kind < 5; ++kind) {
    BOOST_TEST_CONTEXT("operation " << kind) {
      std::unique_ptr<busybody> user;
      {
        asio::io_context context;
        user = std::make_unique<busybody>(context);
        asyncio::loop::of(context).set_exception_handler([](asyncio::exception_context const&) {});
        auto const act = [&user] { user->act(); };
        for (int i = 0; i < 4; ++i) user->tasks.push_back(asyncio::create_task(context, waits_beside(act, kind)));
        for (int i = 0; i < 4; ++i) user->dropped.push_back(asyncio::create_task(context, waits_beside(act, kind)));
        asio::co_spawn(context, waits_beside(act, kind), asio::detached);
        asio::co_spawn(context, asyncio::detail::to_awaitable(user->event.wait()), asio::detached);
        asyncio::loop::of(context).call_later(1h, [last = std::make_shared<at_exit>(act)] {});
        user->tasks.front().add_done_callback([last = std::make_shared<at_exit>(act)](asyncio::task<void> const&) {});
        context.poll();
      }
      BOOST_TEST(user->acts >= 9);
      BOOST_TEST(user->refused == user->acts);
      BOOST_TEST(user->nothing_is_left());
    }
  }
}

BOOST_AUTO_TEST_CASE(an_exception_handler_may_do_anything_at_the_end_of_run) {
  for (int kind = 0; kind < 5; ++kind) {
    BOOST_TEST_CONTEXT("operation " << kind) {
      std::unique_ptr<busybody> user;
      {
        asyncio::runner runner;
        user = std::make_unique<busybody>(runner.get_loop().context());
        runner.get_loop().set_exception_handler([&](asyncio::exception_context const&) { user->act(); });
        auto const body = [&]() -> awaitable<void> {
          for (int i = 0; i < 4; ++i) user->dropped.push_back(asyncio::create_task(fails()));
          for (int i = 0; i < 4; ++i) user->tasks.push_back(asyncio::create_task(fails()));
          for (int i = 0; i < 4; ++i) user->tasks.push_back(asyncio::create_task(waits_in(kind)));
          co_await asyncio::sleep(1ms);
        };
        runner.run(body());
      }
      BOOST_TEST(user->acts > 0);
      BOOST_TEST(user->nothing_is_left());
    }
  }
}

// Under the thread sanitizer: the loop forgets its failures before other threads can miss it.
BOOST_AUTO_TEST_CASE(other_threads_may_drop_failures_while_their_loop_is_destroyed) {
  spdlog::register_logger(std::make_shared<spdlog::logger>("asyncio"));  // one that prints nothing
  for (int i = 0; i < 100; ++i) {
    std::vector<asyncio::task<void>> failures;
    std::thread other;
    {
      asio::io_context context;
      for (int k = 0; k < 20; ++k) failures.push_back(asyncio::create_task(context, fails()));
      context.run();
      other = std::thread([gone = std::exchange(failures, {})]() mutable {
        while (!gone.empty()) gone.pop_back();
      });
    }
    other.join();
  }
}
