// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Whoever loses a race, or is cancelled because another child of a gather has failed, gives back what it was served with and
// had not come for: for everything that is handed over, in every order in which it and the end of the call can come in one step.
#define BOOST_TEST_MODULE lost_items
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::testing::wait_all_tasks_blocked;

namespace {

// -- what can be waited for --------------------------------------------------------------------------------------------

/// One thing, which one of those who wait for it can have.
class object {
 public:
  object() = default;
  object(object const&) = delete;
  object& operator=(object const&) = delete;
  virtual ~object() = default;
  /// Waits for the thing and keeps it.
  virtual awaitable<void> take() = 0;
  virtual void give() = 0;
  /// It was given, and nobody has it.
  [[nodiscard]] virtual bool left() = 0;
  /// Before the first take(), when others are to wait, too.
  virtual void begin() {}
  /// It works as on the first day.
  virtual awaitable<bool> usable() {
    bool const there = left();
    auto t = asyncio::create_task(take());
    co_await wait_all_tasks_blocked();
    if (there != t.done()) co_return false;
    if (!there) give();
    co_await wait_all_tasks_blocked();
    bool const worked = t.done();
    t.cancel();
    co_return worked && !left();
  }
};

template <class Queue>
class get_object final : public object {
 public:
  awaitable<void> take() override { got_ += co_await queue_.get(); }
  void give() override { queue_.put_nowait(1); }
  [[nodiscard]] bool left() override { return queue_.size() == 1; }

 private:
  Queue queue_;
  int got_ = 0;
};

template <class Queue>
class put_object final : public object {
 public:
  put_object() { queue_.put_nowait(0); }
  awaitable<void> take() override { co_await queue_.put(1); }
  void give() override { (void)queue_.get_nowait(); }
  [[nodiscard]] bool left() override { return queue_.empty(); }

 private:
  Queue queue_{1};
};

class semaphore_object final : public object {
 public:
  awaitable<void> take() override {
    auto guard = co_await semaphore_.acquire();
    guard.release();
  }
  void give() override { semaphore_.release(); }
  [[nodiscard]] bool left() override { return semaphore_.value() == 1; }

 private:
  asyncio::semaphore semaphore_{0};
};

class lock_object final : public object {
 public:
  lock_object() : guard_(lock_.try_acquire()) {}
  awaitable<void> take() override {
    auto guard = co_await lock_.acquire();
    guard_.emplace(std::move(guard));
  }
  void give() override { guard_.reset(); }
  [[nodiscard]] bool left() override { return !lock_.locked(); }

 private:
  asyncio::lock lock_;
  std::optional<asyncio::lock::guard> guard_;
};

class limiter_object final : public object {
 public:
  limiter_object() : guard_(limiter_.try_acquire()) {}
  awaitable<void> take() override {
    auto guard = co_await limiter_.acquire();
    guard_.emplace(std::move(guard));
  }
  void give() override { guard_.reset(); }
  [[nodiscard]] bool left() override { return limiter_.statistics().borrowed_tokens == 0; }

 private:
  asyncio::capacity_limiter limiter_{1};
  std::optional<asyncio::capacity_limiter::guard> guard_;
};

/// The thing is a notification. When it is given back, somebody else has it who waits, too.
class condition_object final : public object {
 public:
  awaitable<void> take() override {
    auto const guard = co_await condition_.acquire();
    co_await condition_.wait();
  }
  void begin() override { other_ = asyncio::create_task(take()); }
  void give() override {
    auto const guard = condition_.try_acquire();
    condition_.notify(1);
  }
  [[nodiscard]] bool left() override { return other_.done(); }
  awaitable<bool> usable() override {
    other_.cancel();
    auto t = asyncio::create_task(take());
    co_await wait_all_tasks_blocked();
    if (t.done()) co_return false;
    give();
    co_await t.join();
    co_return !condition_.locked();
  }

 private:
  asyncio::condition condition_;
  asyncio::task<void> other_;
};

/// The thing is a result that can only be moved.
class future_object final : public object {
 public:
  awaitable<void> take() override { got_ = co_await future_.wait(); }
  void give() override { future_.set_result(std::make_unique<int>(1)); }
  [[nodiscard]] bool left() override {
    try {
      return *future_.result() == 1;
    } catch (asyncio::invalid_state const&) {
      return false;
    }
  }
  awaitable<bool> usable() override { co_return left() || got_ != nullptr; }

 private:
  asyncio::future<std::unique_ptr<int>> future_;
  std::unique_ptr<int> got_;
};

class task_object final : public object {
 public:
  task_object() : target_(asyncio::create_task(body(done_))) {}
  awaitable<void> take() override { got_ = co_await target_.join(); }
  void give() override { done_.set(); }
  [[nodiscard]] bool left() override {
    if (target_.cancelled()) return true;  // as the join was: it was never made
    try {
      return *target_.result() == 1;
    } catch (asyncio::invalid_state const&) {
      return false;
    }
  }
  awaitable<bool> usable() override { co_return left() || got_ != nullptr; }

 private:
  static awaitable<std::unique_ptr<int>> body(asyncio::event& done) {
    co_await done.wait();
    co_return std::make_unique<int>(1);
  }
  asyncio::event done_;
  asyncio::task<std::unique_ptr<int>> target_;
  std::unique_ptr<int> got_;
};

template <class T>
std::unique_ptr<object> make() {
  return std::make_unique<T>();
}

struct subject {
  char const* name;
  std::unique_ptr<object> (*make)();
};

subject const subjects[] = {
    {"queue::get", &make<get_object<asyncio::queue<int>>>},
    {"lifo_queue::get", &make<get_object<asyncio::lifo_queue<int>>>},
    {"priority_queue::get", &make<get_object<asyncio::priority_queue<int>>>},
    {"queue::put", &make<put_object<asyncio::queue<int>>>},
    {"lifo_queue::put", &make<put_object<asyncio::lifo_queue<int>>>},
    {"priority_queue::put", &make<put_object<asyncio::priority_queue<int>>>},
    {"semaphore", &make<semaphore_object>},
    {"lock", &make<lock_object>},
    {"limiter", &make<limiter_object>},
    {"condition", &make<condition_object>},
    {"future", &make<future_object>},
    {"join", &make<task_object>},
};

// -- the calls ---------------------------------------------------------------------------------------------------------

/// Two things and an event, and what happens to them.
struct world {
  explicit world(subject const& s) : things{s.make(), s.make()} {}
  std::array<std::unique_ptr<object>, 2> things;
  asyncio::event stop;
  int moment = 0;
  std::array<int, 2> taken{};  // when; 0: not
  int stopped = 0;
  bool stop_throws = false;
};

awaitable<int> child(world& w, std::size_t i) {
  if (i == 2) {
    co_await w.stop.wait();
    w.stopped = ++w.moment;
    if (w.stop_throws) throw std::runtime_error("stopped");
  } else {
    co_await w.things[i]->take();
    w.taken[i] = ++w.moment;
  }
  co_return static_cast<int>(i);
}

awaitable<int> in_a_coroutine(world& w, std::size_t i) { co_return co_await child(w, i); }
awaitable<int> in_a_timeout(world& w, std::size_t i) { co_return co_await asyncio::timeout(1h, child(w, i)); }
awaitable<int> under_a_token(world& w, std::size_t i) {
  asyncio::cancellation_token const token;
  auto const value = co_await token.run_until_cancelled(child(w, i));
  co_return *value;
}
awaitable<int> in_a_gather(world& w, std::size_t i) {
  if (i == 2) co_return co_await child(w, i);
  auto const values = co_await asyncio::gather(in_a_timeout(w, i), asyncio::sleep_forever());
  co_return std::get<0>(values);
}
awaitable<int> in_a_race(world& w, std::size_t i) {
  if (i == 2) co_return co_await child(w, i);
  auto const first = co_await asyncio::race(child(w, i), asyncio::sleep_forever());
  co_return std::get<0>(first);
}

using wrapper = awaitable<int> (*)(world&, std::size_t);

using order = std::array<std::size_t, 3>;

std::vector<awaitable<int>> children(world& w, order const& args, wrapper wrap) {
  std::vector<awaitable<int>> all;
  for (std::size_t const i : args) all.push_back(wrap(w, i));
  return all;
}

/// @return which child's value came out of the call; -1: nobody's.
using call = awaitable<int> (*)(world&, order const&, wrapper);

awaitable<int> call_race(world& w, order const& args, wrapper wrap) {
  co_return co_await asyncio::race(children(w, args, wrap));
}
awaitable<int> call_race_success(world& w, order const& args, wrapper wrap) {
  co_return co_await asyncio::race_success(children(w, args, wrap));
}
awaitable<int> call_race_staggered(world& w, order const& args, wrapper wrap) {
  std::vector<std::function<awaitable<int>()>> all;
  for (std::size_t const i : args) all.emplace_back([&w, wrap, i] { return wrap(w, i); });
  auto const r = co_await asyncio::race_staggered(std::move(all), 1s);
  co_return *r.value;
}
awaitable<int> call_gather(world& w, order const& args, wrapper wrap) {
  w.stop_throws = true;
  bool failed = false;
  try {
    (void)co_await asyncio::gather(children(w, args, wrap));
  } catch (std::runtime_error const&) {
    failed = true;
  }
  BOOST_TEST(failed);
  co_return -1;
}
awaitable<int> call_task_group(world& w, order const& args, wrapper wrap) {
  w.stop_throws = true;
  auto all = children(w, args, wrap);
  std::vector<asyncio::task<int>> tasks;
  auto body = [&](asyncio::task_group& g) -> awaitable<void> {
    for (auto& aw : all) tasks.push_back(g.create_task(std::move(aw)));
    co_return;
  };
  bool failed = false;
  try {
    co_await asyncio::with_task_group(body);
  } catch (asyncio::exception_group const&) {
    failed = true;
  }
  BOOST_TEST(failed);
  // What a child took is in its handle.
  for (std::size_t at = 0; at < 3; ++at)
    if (args[at] != 2) BOOST_TEST((tasks[at].cancelled() == (w.taken[args[at]] == 0)));
  co_return -1;
}

// -- all orders --------------------------------------------------------------------------------------------------------

enum class rule {
  winner_has_it,  // a thing is the winner's or still there
  taken_in_time,  // what was taken was taken before the call was decided
  handle_has_it,  // what was taken is in the task's handle
};

awaitable<void> check_world(world& w, int winner, rule what) {
  co_await wait_all_tasks_blocked();
  for (std::size_t i = 0; i < 2; ++i) {
    bool const taken = what == rule::winner_has_it ? winner == static_cast<int>(i) : w.taken[i] != 0;
    BOOST_TEST(w.things[i]->left() == !taken);
    if (what == rule::taken_in_time && w.stopped != 0) BOOST_TEST(w.taken[i] < w.stopped);
    bool const usable = co_await w.things[i]->usable();
    BOOST_TEST(usable);
  }
}

awaitable<void> all_in_one_step(subject const& s, call c, wrapper wrap, order args, order actions, rule what) {
  world& w = asyncio::testing::keep_alive<world>(s);
  auto t = asyncio::create_task(c(w, args, wrap));
  co_await asyncio::sleep(10s);
  for (auto const& thing : w.things) thing->begin();
  co_await wait_all_tasks_blocked();
  for (std::size_t const i : actions) {
    if (i == 2) {
      w.stop.set();
    } else {
      w.things[i]->give();
    }
  }
  int const winner = co_await t.join();
  co_await check_world(w, winner, what);
}

awaitable<void> all_there_from_the_start(subject const& s, call c, wrapper wrap, order args, order, rule what) {
  world& w = asyncio::testing::keep_alive<world>(s);
  for (auto const& thing : w.things) {
    thing->begin();
    co_await wait_all_tasks_blocked();
    thing->give();
  }
  w.stop.set();
  co_await wait_all_tasks_blocked();
  int const winner = co_await c(w, args, wrap);
  co_await check_world(w, winner, what);
}

using scene = awaitable<void> (*)(subject const&, call, wrapper, order, order, rule);

void check_all(scene play, call c, wrapper wrap, rule what, bool every_action_order = true) {
  for (subject const& s : subjects) {
    if (std::string(s.name) == "condition" && !every_action_order) continue;  // a notification does not wait
    order args{0, 1, 2};
    do {
      order actions{0, 1, 2};
      do {
        for (std::uint64_t seed = 0; seed < 4; ++seed) {
          BOOST_TEST_CONTEXT(s.name << ", children " << args[0] << args[1] << args[2] << ", actions " << actions[0]
                                    << actions[1] << actions[2] << ", shuffle " << seed) {
            asyncio::testing::run(play(s, c, wrap, args, actions, what),
                                  asyncio::testing::test_options().shuffle(seed != 0).seed(seed));
          }
        }
      } while (every_action_order && std::next_permutation(actions.begin(), actions.end()));
    } while (std::next_permutation(args.begin(), args.end()));
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_the_losers_of_a_race_were_handed_is_still_there) {
  for (wrapper const wrap : {&child, &in_a_coroutine, &in_a_timeout, &under_a_token})
    check_all(&all_in_one_step, &call_race, wrap, rule::winner_has_it);
}

BOOST_AUTO_TEST_CASE(what_the_losers_of_a_race_for_success_were_handed_is_still_there) {
  check_all(&all_in_one_step, &call_race_success, &child, rule::winner_has_it);
  check_all(&all_in_one_step, &call_race_success, &in_a_timeout, rule::winner_has_it);
}

BOOST_AUTO_TEST_CASE(what_the_losers_of_a_staggered_race_were_handed_is_still_there) {
  check_all(&all_in_one_step, &call_race_staggered, &child, rule::winner_has_it);
  check_all(&all_in_one_step, &call_race_staggered, &in_a_timeout, rule::winner_has_it);
}

BOOST_AUTO_TEST_CASE(a_race_over_things_that_are_there_takes_one_of_them) {
  check_all(&all_there_from_the_start, &call_race, &child, rule::winner_has_it, false);
  check_all(&all_there_from_the_start, &call_race_success, &in_a_timeout, rule::winner_has_it, false);
  check_all(&all_there_from_the_start, &call_race_staggered, &in_a_coroutine, rule::winner_has_it, false);
}

BOOST_AUTO_TEST_CASE(after_a_child_of_a_gather_has_failed_its_siblings_take_nothing) {
  for (wrapper const wrap : {&child, &in_a_timeout})
    check_all(&all_in_one_step, &call_gather, wrap, rule::taken_in_time);
}

BOOST_AUTO_TEST_CASE(what_the_tasks_of_a_failed_group_took_is_in_their_handles) {
  check_all(&all_in_one_step, &call_task_group, &child, rule::handle_has_it);
}

BOOST_AUTO_TEST_CASE(after_the_end_is_decided_the_children_of_inner_calls_take_nothing) {
  for (wrapper const wrap : {&in_a_gather, &in_a_race}) {
    check_all(&all_in_one_step, &call_race, wrap, rule::taken_in_time);
    check_all(&all_in_one_step, &call_gather, wrap, rule::taken_in_time);
  }
}
