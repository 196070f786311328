// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE dead_object
// An I/O object goes while a task waits in it, and the task is cancelled at about that time. What the operation has left in
// the task's cancellation slot names an object that is gone. Wrong code shows with the address sanitizer.
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect_pipe.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/writable_pipe.hpp>

#include <unistd.h>
#include <array>
#include <csignal>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asyncio::awaitable;

namespace {

/// Something of Asio's, and an operation on it that takes for ever; the resolver's ends soon.
class object {
 public:
  virtual ~object() = default;
  virtual awaitable<void> wait() = 0;
};

class timer final : public object {
 public:
  explicit timer(asio::io_context& c) : timer_(c, 1h) {}
  awaitable<void> wait() override { co_await timer_.async_wait(asio::use_awaitable); }

 private:
  asio::steady_timer timer_;
};

class acceptor final : public object {
 public:
  explicit acceptor(asio::io_context& c) : acceptor_(c, {asio::ip::address_v4::loopback(), 0}) {}
  awaitable<void> wait() override { (void)co_await acceptor_.async_accept(asio::use_awaitable); }

 private:
  asio::ip::tcp::acceptor acceptor_;
};

/// Two of one kind, of which the first is read from.
template <class End>
class pair_of : public object {
 public:
  explicit pair_of(asio::io_context& c) : near_(c), far_(c) {}
  awaitable<void> wait() override {
    std::array<char, 4> bytes{};
    co_await near_.async_read_some(asio::buffer(bytes), asio::use_awaitable);
  }

 protected:
  End near_, far_;
};

class socket final : public pair_of<asio::local::stream_protocol::socket> {
 public:
  explicit socket(asio::io_context& c) : pair_of(c) { asio::local::connect_pair(near_, far_); }
};

class descriptor final : public pair_of<asio::posix::stream_descriptor> {
 public:
  explicit descriptor(asio::io_context& c) : pair_of(c) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::runtime_error("pipe");
    near_.assign(ends[0]);
    far_.assign(ends[1]);
  }
};

class pipe final : public object {
 public:
  explicit pipe(asio::io_context& c) : near_(c), far_(c) { asio::connect_pipe(near_, far_); }
  awaitable<void> wait() override {
    std::array<char, 4> bytes{};
    co_await near_.async_read_some(asio::buffer(bytes), asio::use_awaitable);
  }

 private:
  asio::readable_pipe near_;
  asio::writable_pipe far_;
};

class datagrams final : public object {
 public:
  explicit datagrams(asio::io_context& c) : socket_(c, {asio::ip::address_v4::loopback(), 0}) {}
  awaitable<void> wait() override {
    std::array<char, 4> bytes{};
    asio::ip::udp::endpoint from;
    co_await socket_.async_receive_from(asio::buffer(bytes), from, asio::use_awaitable);
  }

 private:
  asio::ip::udp::socket socket_;
};

class resolver final : public object {
 public:
  explicit resolver(asio::io_context& c) : resolver_(c) {}
  awaitable<void> wait() override { (void)co_await resolver_.async_resolve("127.0.0.1", "80", asio::use_awaitable); }

 private:
  asio::ip::tcp::resolver resolver_;
};

class signals final : public object {
 public:
  explicit signals(asio::io_context& c) : signals_(c, SIGUSR2) {}
  awaitable<void> wait() override { co_await signals_.async_wait(asio::use_awaitable); }

 private:
  asio::signal_set signals_;
};

class channel final : public object {
 public:
  explicit channel(asio::io_context& c) : channel_(c) {}
  awaitable<void> wait() override {
    try {
      co_await channel_.async_receive(asio::use_awaitable);
    } catch (boost::system::system_error const& e) {
      if (e.code() != asio::experimental::error::channel_cancelled) throw;
      throw boost::system::system_error(asio::error::operation_aborted);  // as all others
    }
  }

 private:
  asio::experimental::channel<void(boost::system::error_code)> channel_;
};

using pointer = std::unique_ptr<object>;
struct kind {
  char const* name;
  pointer (*make)(asio::io_context&);
};
template <class T>
pointer make(asio::io_context& c) {
  return std::make_unique<T>(c);
}

kind const kinds[] = {{"timer", &make<timer>},         {"acceptor", &make<acceptor>},     {"socket", &make<socket>},
                      {"datagrams", &make<datagrams>}, {"descriptor", &make<descriptor>}, {"pipe", &make<pipe>},
                      {"resolver", &make<resolver>},   {"signal_set", &make<signals>},    {"channel", &make<channel>}};

pointer of(kind const& k) { return k.make(asyncio::loop::running().context()); }

awaitable<void> waits(object& o) { co_await o.wait(); }

/// What a body does with the object it owns.
using scene = awaitable<void> (*)(kind const&);

void holds_for_each_kind(scene s) {
  for (kind const& k : kinds) {
    BOOST_TEST_CONTEXT(k.name) {
      try {
        asyncio::run(s(k));
      } catch (std::logic_error const& e) {
        BOOST_TEST(std::string(e.what()) == "on purpose");
      } catch (asyncio::exception_group const& e) {
        BOOST_TEST(std::string(e.what()).find("on purpose") != std::string::npos, e.what());
      }
    }
  }
}

awaitable<void> step() { co_await asyncio::sleep(100us); }

}  // namespace

BOOST_AUTO_TEST_CASE(main_returns_or_throws_while_tasks_wait_in_its_object) {
  holds_for_each_kind([](kind const& k) -> awaitable<void> {
    pointer const o = of(k);
    auto const t = asyncio::create_task(waits(*o));
    co_await step();
  });
  holds_for_each_kind([](kind const& k) -> awaitable<void> {
    pointer const o = of(k);
    auto const t = asyncio::create_task(waits(*o));
    co_await step();
    throw std::logic_error("on purpose");
  });
}

BOOST_AUTO_TEST_CASE(the_body_of_a_group_throws_while_children_wait_in_its_object) {
  static auto const body = [](asyncio::task_group& g, kind const& k) -> awaitable<void> {
    pointer const o = of(k);
    g.create_task(waits(*o));
    co_await step();
    throw std::logic_error("on purpose");
  };
  holds_for_each_kind([](kind const& k) -> awaitable<void> {
    co_await asyncio::with_task_group([&k](asyncio::task_group& g) { return body(g, k); });
  });
}

BOOST_AUTO_TEST_CASE(the_body_of_a_group_returns_while_children_wait_in_its_object_and_another_child_fails) {
  static auto const fails = []() -> awaitable<void> {
    co_await asyncio::yield();
    throw std::logic_error("on purpose");
  };
  static auto const body = [](asyncio::task_group& g, kind const& k) -> awaitable<void> {
    pointer const o = of(k);
    g.create_task(waits(*o));
    co_await step();
    g.create_task(fails());
    co_await asyncio::yield();
  };
  holds_for_each_kind([](kind const& k) -> awaitable<void> {
    co_await asyncio::with_task_group([&k](asyncio::task_group& g) { return body(g, k); });
  });
}

namespace {
awaitable<void> owns(kind const& k, asyncio::task<void>& waiting) {
  pointer const o = of(k);
  waiting = asyncio::create_task(waits(*o));
  co_await asyncio::sleep_forever();
}
}  // namespace

BOOST_AUTO_TEST_CASE(a_task_is_cancelled_together_with_those_that_wait_in_its_object) {
  for (bool const owner_first : {true, false}) {
    static bool first;
    first = owner_first;
    holds_for_each_kind([](kind const& k) -> awaitable<void> {
      asyncio::task<void> waiting;
      auto owner = asyncio::create_task(owns(k, waiting));
      co_await step();
      if (first) owner.cancel();
      waiting.cancel();
      if (!first) owner.cancel();
      std::vector<asyncio::any_task> const both{owner, waiting};
      (void)co_await asyncio::wait(both);
      BOOST_TEST((waiting.cancelled() || k.make == &make<resolver>));  // a numeric address may be resolved by then
    });
  }
}

BOOST_AUTO_TEST_CASE(a_done_callback_cancels_who_waits_in_the_object_of_the_task_that_has_ended) {
  holds_for_each_kind([](kind const& k) -> awaitable<void> {
    asyncio::task<void> waiting;
    auto owner = asyncio::create_task(owns(k, waiting));
    owner.add_done_callback([&waiting](auto const&) { waiting.cancel(); });
    co_await step();
    owner.cancel();
    std::vector<asyncio::any_task> const both{owner, waiting};
    (void)co_await asyncio::wait(both, asyncio::all_completed, 2s);
    BOOST_TEST(waiting.done());
  });
}

BOOST_AUTO_TEST_CASE(an_object_is_destroyed_in_the_step_in_which_its_waiter_is_cancelled) {
  holds_for_each_kind([](kind const& k) -> awaitable<void> {
    pointer before = of(k), after = of(k);
    auto first = asyncio::create_task(waits(*before)), second = asyncio::create_task(waits(*after));
    co_await step();
    before.reset();
    bool const asked = first.cancel();
    second.cancel();
    after.reset();
    std::vector<asyncio::any_task> const both{first, second};
    (void)co_await asyncio::wait(both, asyncio::all_completed, 2s);
    BOOST_TEST(first.done());
    BOOST_TEST(first.cancelled() == asked);
    BOOST_TEST(second.done());
  });
}

BOOST_AUTO_TEST_CASE(an_object_with_thousands_of_waiters_is_destroyed_in_the_step_in_which_they_are_cancelled) {
  static auto const main = []() -> awaitable<void> {
    auto o = std::make_unique<channel>(asyncio::loop::running().context());
    std::vector<asyncio::task<void>> all;
    for (int i = 0; i < 3000; ++i) all.push_back(asyncio::create_task(waits(*o)));
    co_await step();
    for (auto& t : all) t.cancel();
    o.reset();
    (void)co_await asyncio::wait(all);
    for (auto& t : all) BOOST_REQUIRE(t.cancelled());
  };
  asyncio::run(main());
}

BOOST_AUTO_TEST_CASE(the_same_in_a_context_that_the_user_runs) {
  for (kind const& k : kinds) {
    for (bool const destroyed_first : {true, false}) {
      BOOST_TEST_CONTEXT(k.name) {
        asio::io_context context;
        pointer o = k.make(context);
        auto t = asyncio::create_task(context, waits(*o));
        auto bystander = asyncio::create_task(context, asyncio::sleep(1ms));
        context.poll();
        if (destroyed_first) o.reset();
        bool const asked = t.cancel();
        o.reset();
        context.run();
        BOOST_TEST(t.done());
        BOOST_TEST(t.cancelled() == asked);
        BOOST_TEST(bystander.done());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(what_a_task_leaves_behind_runs_before_the_context_has_no_work_left) {
  // The cancels are the last work of the context when they are emitted.
  asio::io_context context;
  std::vector<pointer> objects;
  std::vector<asyncio::task<void>> all;
  for (kind const& k : kinds) {
    objects.push_back(k.make(context));
    all.push_back(asyncio::create_task(context, waits(*objects.back())));
  }
  context.poll();
  int called = 0;
  for (auto& t : all) {
    t.add_done_callback([&called](auto const&) { ++called; });
    t.cancel();
  }
  context.run();
  BOOST_TEST(static_cast<std::size_t>(called) == all.size());
}

namespace {
/// An operation whose handler is kept in the cancellation slot.
awaitable<void> wait_in_the_slot() {
  auto const begin = [](auto handler) {
    auto slot = asio::get_associated_cancellation_slot(handler);
    auto const kept = std::make_shared<decltype(handler)>(std::move(handler));
    slot.assign([kept](asio::cancellation_type) {
      auto ends = std::move(*kept);
      ends(boost::system::error_code(asio::error::operation_aborted));
    });
  };
  co_await asio::async_initiate<asio::use_awaitable_t<> const, void(boost::system::error_code)>(begin,
                                                                                                asio::use_awaitable);
}

class notes_its_end {
 public:
  explicit notes_its_end(bool& gone) noexcept : gone_(gone) {}
  notes_its_end(notes_its_end const&) = delete;
  notes_its_end& operator=(notes_its_end const&) = delete;
  ~notes_its_end() { gone_ = true; }

 private:
  bool& gone_;
};

awaitable<void> waits_in_the_slot(bool reset, bool& gone) {
  notes_its_end const note(gone);
  if (reset) co_await asio::this_coro::reset_cancellation_state();
  co_await wait_in_the_slot();
}
}  // namespace

BOOST_AUTO_TEST_CASE(a_handle_that_outlives_the_context_keeps_nothing_of_a_pending_operation) {
  for (bool const reset : {false, true}) {
    asyncio::task<void> outlives;
    bool gone = false;
    {
      asio::io_context context;
      outlives = asyncio::create_task(context, waits_in_the_slot(reset, gone));
      context.poll();
      BOOST_TEST(!gone);
    }
    BOOST_TEST(gone);
    BOOST_TEST(outlives.done());
  }
}
