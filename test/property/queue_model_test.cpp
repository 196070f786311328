// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Every small program of a few tasks on one queue, compared with a reference that was written on its own: what each task saw,
// in which order, and what is in the queue at the end.
#define BOOST_TEST_MODULE queue_model
#include <asyncio/queue.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

using asyncio::awaitable;

namespace {

enum class op : char {
  put = 'p',
  get = 'g',
  put_nowait = 'P',
  get_nowait = 'G',
  cancel_next = 'c',  // the task with the next number, round and round
  yield = 'y',
  shutdown = 's',
  shutdown_now = 'S',
  task_done = 'd',
  join = 'j',
};

enum class order { fifo, lifo, priority };

using program = std::vector<std::vector<op>>;

/// What the operation at a place of a program puts. Not in ascending order, for the priority queue.
int item_of(std::size_t task, std::size_t step) { return static_cast<int>((task * 4 + step + 1) * 7 % 13); }

// -- the reference -----------------------------------------------------------------------------------------------------

/// A queue and a scheduler in the plainest words: whoever is called has a reservation, and the reserved cannot be taken.
/// An item that is put while somebody waits for one is for those who are called, `kept_`, and whoever comes in between does not
/// get it; the item of a putter that was called is in the queue before that of one that comes in between.
class reference {
 public:
  reference(program const& what, order kind, std::size_t maxsize)
      : program_(what), kind_(kind), maxsize_(maxsize), tasks_(what.size()) {
    for (std::size_t t = 0; t < tasks_.size(); ++t) ready_.push_back(t);
  }

  std::string run() {
    while (!ready_.empty()) {
      std::size_t const t = ready_.front();
      ready_.pop_front();
      resume(t);
    }
    log_ += "| size " + std::to_string(size()) + " tasks " + std::to_string(unfinished_);
    for (std::size_t t = 0; t < tasks_.size(); ++t) log_ += tasks_[t].ended ? " ended" : " waits";
    return log_;
  }

 private:
  struct task_record {
    std::size_t step = 0;
    bool begun = false;
    bool ended = false;
    bool suspended = false;  // in the operation at `step`
    bool called = false;     // ... which may go on
    bool reserved = false;   // ... with an item or a place kept for it
    bool stored = false;     // its item is in the queue, though it has not had its turn
    bool cancel = false;     // to be thrown at its next turn, or where it waits next
  };

  void say(std::size_t t, std::string const& text) {
    log_ +=
        std::to_string(t) + static_cast<char>(program_[t][tasks_[t].step]) + text + '/' + std::to_string(size()) + ' ';
  }
  int reservations(op what) const {
    int n = 0;
    for (std::size_t t = 0; t < tasks_.size(); ++t) n += tasks_[t].reserved && program_[t][tasks_[t].step] == what;
    return n;
  }
  std::size_t size() const { return kept_.size() + free_.size(); }
  bool may_get() const { return static_cast<int>(size()) > reservations(op::get); }
  bool may_put() const {
    return maxsize_ == 0 || static_cast<int>(size()) + reservations(op::put) < static_cast<int>(maxsize_);
  }
  void call(std::size_t t, bool reserve) {
    tasks_[t].called = true;
    tasks_[t].reserved = reserve;
    if (reserve) called_.push_back(t);
    ready_.push_back(t);
  }
  void call_first(std::vector<std::size_t>& line) {
    if (line.empty()) return;
    std::size_t const t = line.front();
    line.erase(line.begin());
    call(t, true);
  }
  void call_all(std::vector<std::size_t>& line) {
    for (std::size_t const t : line) call(t, false);
    line.clear();
  }
  void offer_item() {
    if (may_get()) call_first(getters_);
  }
  void offer_place() {
    if (may_put()) call_first(putters_);
  }
  static int erase(std::vector<int>& from, std::ptrdiff_t at) {
    int const item = from[static_cast<std::size_t>(at)];
    from.erase(from.begin() + at);
    return item;
  }
  static int erase_lowest(std::vector<int>& from) {
    return erase(from, std::min_element(from.begin(), from.end()) - from.begin());
  }
  static int erase_highest(std::vector<int>& from) {
    return erase(from, std::max_element(from.begin(), from.end()) - from.begin());
  }
  int lowest_of(std::vector<int> const& in) const {
    return in.empty() ? 1000 : *std::min_element(in.begin(), in.end());
  }
  int next_item(bool called) {
    int const others = reservations(op::get);  // those who were called and have not had their turn
    switch (kind_) {
      case order::fifo:
        if (called) return erase(kept_, 0);
        return static_cast<int>(kept_.size()) > others ? erase(kept_, others) : erase(free_, 0);
      case order::lifo: {
        std::vector<int>& last = free_.empty() ? kept_ : free_;
        return erase(last, static_cast<std::ptrdiff_t>(last.size()) - 1);
      }
      case order::priority:
        if (called || others == 0) return erase_lowest(lowest_of(kept_) < lowest_of(free_) ? kept_ : free_);
        return free_.empty() ? erase_highest(kept_) : erase_lowest(free_);
    }
    return 0;
  }
  int take(bool called) {
    int const item = next_item(called);
    offer_place();
    return item;
  }
  void store(int item) {
    (getters_.empty() ? free_ : kept_).push_back(item);
    ++unfinished_;
    offer_item();
  }
  /// Somebody comes in between with an item: those who were called with theirs are before him.
  void store_of_the_called() {
    for (std::size_t const t : std::vector<std::size_t>(called_)) {
      task_record& other = tasks_[t];
      if (!other.reserved || program_[t][other.step] != op::put) continue;
      other.reserved = false;
      other.stored = true;
      store(item_of(t, other.step));
    }
  }

  /// A turn of a task: the end of what it was suspended in, then one operation after the other until it suspends again.
  void resume(std::size_t t) {
    task_record& self = tasks_[t];
    if (!self.begun && self.cancel) {  // it never enters its body
      self.ended = true;
      return;
    }
    self.begun = true;
    if (self.suspended) {
      self.suspended = self.called = false;
      bool const reserved = self.reserved;
      self.reserved = false;
      std::erase(called_, t);
      if (self.cancel && !self.stored) {
        self.cancel = false;
        if (reserved && program_[t][self.step] == op::get) offer_item();
        if (reserved && program_[t][self.step] == op::put) offer_place();
        say(t, "!");
        ++self.step;
      } else {
        finish(t, reserved);
      }
    }
    while (self.step < program_[t].size()) {
      if (must_wait(t)) {
        suspend(t);
        return;
      }
      finish(t, false);
    }
    self.ended = true;
  }

  bool must_wait(std::size_t t) const {
    switch (program_[t][tasks_[t].step]) {
      case op::get: return !may_get() && !shut_down_;
      case op::put: return !may_put() && !shut_down_;
      case op::join: return unfinished_ > 0;
      case op::yield: return true;
      default: return false;
    }
  }

  void suspend(std::size_t t) {
    task_record& self = tasks_[t];
    self.suspended = true;
    op const what = program_[t][self.step];
    if (what == op::yield) {
      call(t, false);  // a pending cancel waits there with it
      return;
    }
    if (self.cancel) {
      ready_.push_back(t);
      return;
    }
    (what == op::get ? getters_ : what == op::put ? putters_ : joiners_).push_back(t);
  }

  void finish(std::size_t t, bool called) {
    std::size_t const step = tasks_[t].step;
    int const item = item_of(t, step);
    switch (program_[t][step]) {
      case op::get:
        if (may_get()) {
          int const got = take(called);
          say(t, std::to_string(got));
        } else {
          say(t, "x");
        }
        break;
      case op::put:
        if (std::exchange(tasks_[t].stored, false)) {
          say(t, "");
        } else if (shut_down_) {
          say(t, "x");
        } else {
          if (!called) store_of_the_called();
          store(item);
          say(t, "");
        }
        break;
      case op::get_nowait:
        if (may_get()) {
          int const got = take(false);
          say(t, std::to_string(got));
        } else {
          say(t, shut_down_ && size() == 0 ? "x" : "e");
        }
        break;
      case op::put_nowait:
        if (shut_down_) {
          say(t, "x");
        } else if (may_put()) {
          store_of_the_called();
          store(item);
          say(t, "");
        } else {
          say(t, "f");
        }
        break;
      case op::cancel_next: say(t, cancel((t + 1) % tasks_.size()) ? "+" : "-"); break;
      case op::shutdown:
      case op::shutdown_now:
        shut_down_ = true;
        if (program_[t][step] == op::shutdown_now) {
          unfinished_ -= std::min(unfinished_, size());
          kept_.clear();
          free_.clear();
        }
        if (unfinished_ == 0) call_all(joiners_);
        call_all(getters_);
        call_all(putters_);
        say(t, "");
        break;
      case op::task_done:
        if (unfinished_ == 0) {
          say(t, "v");
        } else {
          if (--unfinished_ == 0) call_all(joiners_);
          say(t, "");
        }
        break;
      case op::join:
      case op::yield: say(t, ""); break;
    }
    ++tasks_[t].step;
  }

  bool cancel(std::size_t t) {
    task_record& other = tasks_[t];
    if (other.ended) return false;
    other.cancel = true;
    if (other.suspended && !other.called) {
      bool waited = false;
      for (auto* const line : {&getters_, &putters_, &joiners_}) waited |= std::erase(*line, t) > 0;
      if (waited) ready_.push_back(t);
    }
    return true;
  }

  program const& program_;
  order kind_;
  std::size_t maxsize_;
  std::vector<task_record> tasks_;
  std::deque<std::size_t> ready_;
  std::vector<int> kept_, free_;
  std::vector<std::size_t> called_;  // with a reservation, in that order
  std::vector<std::size_t> getters_, putters_, joiners_;
  std::size_t unfinished_ = 0;
  bool shut_down_ = false;
  std::string log_;
};

// -- the library -------------------------------------------------------------------------------------------------------

template <class Queue>
struct actual {
  actual(program const& what_, std::size_t maxsize) : what(what_), queue(maxsize) {}

  program const& what;
  Queue queue;
  std::vector<asyncio::task<void>> tasks;
  std::string log;
  bool over = false;

  void say(std::size_t t, op o, std::string const& text) {
    if (!over) log += std::to_string(t) + static_cast<char>(o) + text + '/' + std::to_string(queue.size()) + ' ';
  }

  awaitable<void> body(std::size_t t) {
    for (std::size_t step = 0; step < what[t].size() && !over; ++step) {
      op const o = what[t][step];
      std::string text;
      try {
        switch (o) {
          case op::put: co_await queue.put(item_of(t, step)); break;
          case op::get: {
            int const got = co_await queue.get();
            text = std::to_string(got);
            break;
          }
          case op::put_nowait: queue.put_nowait(item_of(t, step)); break;
          case op::get_nowait: text = std::to_string(queue.get_nowait()); break;
          case op::cancel_next: text = tasks[(t + 1) % tasks.size()].cancel() ? "+" : "-"; break;
          case op::yield: co_await asyncio::yield(); break;
          case op::shutdown: queue.shutdown(); break;
          case op::shutdown_now: queue.shutdown(true); break;
          case op::task_done: queue.task_done(); break;
          case op::join: co_await queue.join(); break;
        }
      } catch (asyncio::cancelled_error const&) {
        text = "!";
      } catch (asyncio::queue_shut_down const&) {
        text = "x";
      } catch (asyncio::queue_empty const&) {
        text = "e";
      } catch (asyncio::queue_full const&) {
        text = "f";
      } catch (asyncio::value_error const&) {
        text = "v";
      }
      say(t, o, text);
    }
  }

  awaitable<std::string> run() {
    for (std::size_t t = 0; t < what.size(); ++t) tasks.push_back(asyncio::create_task(body(t)));
    co_await asyncio::testing::wait_all_tasks_blocked();
    auto const known = queue.statistics();
    log += "| size " + std::to_string(known.size) + " tasks " + std::to_string(known.unfinished_tasks);
    std::size_t waiting = 0;
    for (auto const& t : tasks) {
      log += t.done() ? " ended" : " waits";
      waiting += !t.done();
    }
    BOOST_TEST(known.getters_waiting + known.putters_waiting + known.joiners_waiting == waiting);
    // Nothing is granted to anybody any more: all that is there can be got.
    for (std::size_t left = known.size; left > 0; --left) (void)queue.get_nowait();
    over = true;
    for (auto& t : tasks) t.cancel();
    co_await asyncio::testing::wait_all_tasks_blocked();
    co_return log;
  }
};

template <class Queue>
awaitable<std::string> log_of(program const& what, std::size_t maxsize) {
  actual<Queue> a(what, maxsize);
  co_return co_await a.run();
}

std::string text_of(program const& what) {
  std::string text;
  for (auto const& task : what) {
    for (op const o : task) text += static_cast<char>(o);
    text += ' ';
  }
  return text;
}

// -- all programs of a shape -------------------------------------------------------------------------------------------

struct totals {
  std::size_t programs = 0;
  std::size_t operations = 0;
  std::size_t differences = 0;
  std::unordered_set<std::string> outcomes;
};

template <class Queue>
awaitable<void> check_all(order kind, std::size_t maxsize, std::size_t tasks, std::size_t steps,
                          std::string_view alphabet, totals& sum) {
  std::vector<std::size_t> digits(tasks * steps, 0);
  program what(tasks, std::vector<op>(steps));
  for (;;) {
    for (std::size_t i = 0; i < digits.size(); ++i) what[i / steps][i % steps] = static_cast<op>(alphabet[digits[i]]);
    std::string const expected = reference(what, kind, maxsize).run();
    std::string const seen = co_await log_of<Queue>(what, maxsize);
    ++sum.programs;
    sum.operations += digits.size();
    if (seen != expected && ++sum.differences <= 3)
      BOOST_ERROR("maxsize " << maxsize << ", program " << text_of(what) << "\n  expected " << expected
                             << "\n  seen     " << seen);
    sum.outcomes.insert(seen);
    std::size_t i = 0;
    while (i < digits.size() && ++digits[i] == alphabet.size()) digits[i++] = 0;
    if (i == digits.size()) co_return;
  }
}

template <class Queue>
void check(order kind, std::size_t maxsize, std::size_t tasks, std::size_t steps, std::string_view alphabet) {
  totals sum;
  asyncio::testing::run(check_all<Queue>(kind, maxsize, tasks, steps, alphabet, sum));
  BOOST_TEST(sum.differences == 0u);
  BOOST_TEST_MESSAGE(tasks << " tasks x " << steps << " of \"" << alphabet << "\", maxsize " << maxsize << ": "
                           << sum.programs << " programs, " << sum.operations << " operations, " << sum.outcomes.size()
                           << " outcomes");
}

using fifo = asyncio::queue<int>;
using lifo = asyncio::lifo_queue<int>;
using lowest = asyncio::priority_queue<int>;

}  // namespace

BOOST_AUTO_TEST_CASE(three_tasks_put_and_get) {
  for (std::size_t const maxsize : {0u, 1u, 2u}) check<fifo>(order::fifo, maxsize, 3, 4, "pg");
}

// conformance: Q2
BOOST_AUTO_TEST_CASE(three_tasks_put_and_get_in_the_other_orders) {
  check<lifo>(order::lifo, 2, 3, 4, "pg");
  check<lowest>(order::priority, 2, 3, 4, "pg");
}

// conformance: XL7
BOOST_AUTO_TEST_CASE(two_tasks_wait_or_do_not_wait) {
  for (std::size_t const maxsize : {1u, 2u}) check<fifo>(order::fifo, maxsize, 2, 3, "pgPGy");
}

// conformance: XL7
BOOST_AUTO_TEST_CASE(three_tasks_wait_or_do_not_wait) {
  for (std::size_t const maxsize : {1u, 2u}) check<fifo>(order::fifo, maxsize, 3, 2, "pgPGy");
}

// conformance: XL7
BOOST_AUTO_TEST_CASE(in_the_other_orders_nobody_takes_an_item_that_is_kept_for_another_either) {
  for (std::size_t const maxsize : {0u, 2u}) {
    check<lifo>(order::lifo, maxsize, 3, 2, "pgPGy");
    check<lowest>(order::priority, maxsize, 3, 2, "pgPGy");
    check<lowest>(order::priority, maxsize, 2, 3, "gPGyc");
  }
}

// conformance: XL7, Q5, Q6
BOOST_AUTO_TEST_CASE(whoever_comes_between_a_cancel_and_its_turn_overtakes_nobody) {
  for (std::size_t const maxsize : {0u, 1u, 2u}) check<fifo>(order::fifo, maxsize, 3, 2, "gPGcy");
  check<fifo>(order::fifo, 1, 3, 2, "pPGcy");
  check<fifo>(order::fifo, 2, 2, 3, "pPGcy");
  check<lifo>(order::lifo, 2, 3, 2, "gPGcy");
  check<lowest>(order::priority, 2, 3, 2, "gPGcy");
}

// conformance: Q5, Q6, Q7
BOOST_AUTO_TEST_CASE(three_tasks_cancel_each_other) {
  check<fifo>(order::fifo, 1, 3, 3, "pgc");
  check<fifo>(order::fifo, 2, 3, 2, "pgcyG");
  check<lowest>(order::priority, 1, 2, 4, "pgcy");
}

// conformance: Q11, Q12, Q13
BOOST_AUTO_TEST_CASE(three_tasks_shut_the_queue_down) {
  check<fifo>(order::fifo, 1, 3, 2, "pgsS");
  check<fifo>(order::fifo, 1, 2, 3, "pgscy");
  check<fifo>(order::fifo, 1, 3, 2, "pgScy");
}

// conformance: Q9, Q10, Q13
BOOST_AUTO_TEST_CASE(three_tasks_wait_for_the_end_of_the_work) {
  check<fifo>(order::fifo, 1, 3, 2, "pgdj");
  check<fifo>(order::fifo, 0, 2, 3, "pgdjc");
  check<fifo>(order::fifo, 1, 3, 2, "pdjSc");
}
