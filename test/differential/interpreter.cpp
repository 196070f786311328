// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include "program.hpp"
#include "text.hpp"

#include <asyncio/as_completed.hpp>
#include <asyncio/barrier.hpp>
#include <asyncio/condition.hpp>
#include <asyncio/event.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/lock.hpp>
#include <asyncio/queue.hpp>
#include <asyncio/random.hpp>
#include <asyncio/run.hpp>
#include <asyncio/semaphore.hpp>
#include <asyncio/shield.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/task_group.hpp>
#include <asyncio/timeout.hpp>
#include <asyncio/wait.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace differential {

namespace {

using asyncio::awaitable;
using task = asyncio::task<value>;

/// How a block ended: early, by a `return` of this value, or not. A `return` is no exception, so no `except` sees it.
using flow = std::optional<value>;

/// Python's `==` and `<` between values: numbers and booleans are compared with each other, other kinds never.
bool is_number(value const& v) { return v.is_number() || v.is_bool(); }
/// Exactly, hence long: it holds any integer of 64 bits.
long double number(value const& v) {
  if (v.is_bool()) return v.get_bool();
  if (v.is_int64()) return static_cast<long double>(v.get_int64());
  if (v.is_uint64()) return static_cast<long double>(v.get_uint64());
  return v.get_double();
}

bool equal_in_python(value const& a, value const& b) {
  if (is_number(a) && is_number(b)) return number(a) == number(b);
  if (a.is_array() && b.is_array())
    return std::equal(a.get_array().begin(), a.get_array().end(), b.get_array().begin(), b.get_array().end(),
                      equal_in_python);
  return a == b;
}

struct less_in_python {
  bool operator()(value const& a, value const& b) const {
    if (a.is_string() && b.is_string()) return a.get_string() < b.get_string();
    if (is_number(a) && is_number(b)) return number(a) < number(b);
    if (!a.is_array() || !b.is_array()) throw python_error("TypeError");
    auto const& one = a.get_array();
    auto const& other = b.get_array();
    auto const [left, right] = std::mismatch(one.begin(), one.end(), other.begin(), other.end(), equal_in_python);
    return right != other.end() && (left == one.end() || (*this)(*left, *right));
  }
};

using fifo = asyncio::queue<value>;
using lifo = asyncio::lifo_queue<value>;
using priority = asyncio::priority_queue<value, less_in_python>;
using object = std::variant<fifo, lifo, priority, asyncio::lock, asyncio::semaphore, asyncio::event, asyncio::condition,
                            asyncio::barrier>;

void make_object(std::deque<object>& all, object_declaration const& d) {
  switch (d.kind) {
    case object_kind::queue: all.emplace_back(std::in_place_type<fifo>, d.argument); break;
    case object_kind::lifo: all.emplace_back(std::in_place_type<lifo>, d.argument); break;
    case object_kind::priority: all.emplace_back(std::in_place_type<priority>, d.argument); break;
    case object_kind::lock: all.emplace_back(std::in_place_type<asyncio::lock>); break;
    case object_kind::semaphore: all.emplace_back(std::in_place_type<asyncio::semaphore>, d.argument); break;
    case object_kind::event: all.emplace_back(std::in_place_type<asyncio::event>); break;
    case object_kind::condition: all.emplace_back(std::in_place_type<asyncio::condition>); break;
    case object_kind::barrier: all.emplace_back(std::in_place_type<asyncio::barrier>, d.argument); break;
  }
}

template <class Names>
std::string joined(Names const& all) {
  std::string text;
  for (auto const& each : all) {
    if (!text.empty()) text += '+';
    text += each;
  }
  return text;
}

std::string show(asyncio::result<value> const& outcome) {
  return outcome.has_value() ? differential::show(outcome.value()) : show_error(outcome.error());
}

template <class T>
std::string show(std::vector<T> const& all) {
  std::string text;
  for (T const& each : all) {
    if (!text.empty()) text += ", ";
    text += show(each);
  }
  return "[" + text + "]";
}

/// One run of one program. The statement `op::x` is run by the overload of `run` for it.
class interpreter {
 public:
  explicit interpreter(program const& p) : program_(p), random_(p.seed) {
    for (object_declaration const& d : p.objects) make_object(objects_, d);
  }

  awaitable<value> main() {
    asyncio::loop& here = asyncio::loop::running();
    here.set_exception_handler([](asyncio::exception_context const&) {});  // failures nobody takes are no line of a log
    handles_["main"] = task(asyncio::current_task().ref());
    co_return co_await body(program_.main);
  }

  std::string& log() noexcept { return log_; }

 private:
  void log(std::string const& text) {
    auto const now = std::chrono::duration_cast<microseconds>(asyncio::loop::running().time().time_since_epoch());
    log_ += std::to_string(now.count());
    log_ += ' ';
    log_ += asyncio::current_task().name();
    log_ += ' ';
    log_ += text;
    log_ += '\n';
  }

  /// What a task runs: gives the value of the `return` that ended it.
  awaitable<value> body(block const& b) {
    flow left = co_await run_block(b);
    if (left) co_return std::move(*left);
    co_return value();
  }
  awaitable<value> named_body(child const& c) {
    asyncio::current_task().set_name(c.name);
    co_return co_await body(c.body);
  }

  awaitable<flow> run_block(block const& b) {
    for (statement const& s : b) {
      flow left = co_await start(s);
      if (left) co_return left;
    }
    co_return flow();
  }
  awaitable<flow> start(statement const& s) {
    return std::visit([this](auto const& what) { return run(what); }, s.what);
  }

  task const& handle(std::string const& name) const {
    auto const found = handles_.find(name);
    if (found == handles_.end()) throw python_error("KeyError");
    return found->second;
  }
  std::vector<task> handles(names const& all) const {
    std::vector<task> tasks;
    for (std::string const& name : all) tasks.push_back(handle(name));
    return tasks;
  }

  /// Awaits and logs how it ended; an error goes on.
  template <class A>
  awaitable<flow> shown(std::string what, A awaited) {
    try {
      auto const v = co_await std::move(awaited);
      log(what + " -> " + show(v));
    } catch (...) {
      log(what + " raised " + show_error(std::current_exception()));
      throw;
    }
    co_return flow();
  }

  // -- one task

  awaitable<flow> run(op::log const& s) {
    log(show(s.text));
    co_return flow();
  }
  awaitable<flow> run(op::sleep const& s) {
    // A negative delay is a value_error here; the reference gives way for a pass.
    co_await asyncio::sleep(std::max(s.delay, microseconds::zero()));
    log("slept");
    co_return flow();
  }
  awaitable<flow> run(op::yield const&) {
    co_await asyncio::yield();
    log("resumed");
    co_return flow();
  }
  awaitable<flow> run(op::return_ const& s) { co_return flow(s.result); }
  awaitable<flow> run(op::raise const& s) {
    throw program_error(s.kind);
    co_return flow();
  }
  awaitable<flow> run(op::repeat const& s) {
    for (std::int64_t i = 0; i < s.count; ++i) {
      flow left = co_await run_block(s.body);
      if (left) co_return left;
    }
    co_return flow();
  }

  awaitable<flow> run(op::try_ const& s) {
    flow left;
    std::exception_ptr failure;
    try {
      left = co_await run_block(s.body);
    } catch (...) {
      failure = std::current_exception();
    }
    if (failure && catches(s.except, failure)) {
      log("caught " + show_error(failure));
      std::exception_ptr const caught = std::exchange(failure, nullptr);
      try {
        left = co_await run_block(s.handler);
        if (!left && s.reraise) failure = caught;
      } catch (...) {
        failure = std::current_exception();
      }
    }
    flow last = co_await run_block(s.finally);  // its exception takes the place of the other one
    if (last) co_return last;
    if (failure) std::rethrow_exception(failure);
    co_return left;
  }

  // -- tasks

  awaitable<flow> run(op::spawn const& s) {
    handles_[s.task.name] = asyncio::create_task(body(s.task.body), s.task.name);
    co_return flow();
  }
  awaitable<flow> run(op::await const& s) { return shown("await " + s.name, handle(s.name).join()); }
  awaitable<flow> run(op::cancel const& s) {
    task t = handle(s.name);
    log("cancel " + s.name + " -> " + (t.cancel() ? "true" : "false"));
    co_return flow();
  }
  awaitable<flow> run(op::self_cancel const&) {
    asyncio::current_task().cancel();
    co_return flow();
  }
  awaitable<flow> run(op::cancelling const&) {
    log("cancelling " + std::to_string(asyncio::current_task().cancelling()));
    co_return flow();
  }
  awaitable<flow> run(op::uncancel const&) {
    log("uncancel " + std::to_string(asyncio::current_task().uncancel()));
    co_return flow();
  }
  awaitable<flow> run(op::state const& s) {
    task const t = handle(s.name);
    log("state " + s.name + " " + state_of(t));
    co_return flow();
  }
  static std::string state_of(task const& t) {
    if (!t.done()) return "pending";
    if (t.cancelled()) return "cancelled";
    if (std::exception_ptr const e = t.exception()) return show_error(e);
    return "value " + differential::show(t.result());
  }

  // -- several tasks

  awaitable<flow> run(op::gather const& s) {
    std::string const what = "gather " + joined(s.tasks);
    if (s.return_exceptions) return shown(what, asyncio::gather(asyncio::return_exceptions, handles(s.tasks)));
    return shown(what, asyncio::gather(handles(s.tasks)));
  }
  awaitable<flow> run(op::gather_blocks const& s) {
    names all;
    std::vector<awaitable<value>> bodies;
    for (child const& c : s.tasks) {
      all.push_back(c.name);
      bodies.push_back(named_body(c));
    }
    std::string const what = "gather " + joined(all);
    if (s.return_exceptions) return shown(what, asyncio::gather(asyncio::return_exceptions, std::move(bodies)));
    return shown(what, asyncio::gather(std::move(bodies)));
  }
  awaitable<flow> run(op::wait const& s) {
    static constexpr asyncio::return_when modes[] = {asyncio::all_completed, asyncio::first_completed,
                                                     asyncio::first_exception};
    std::vector<task> const tasks = handles(s.tasks);
    auto const [done, pending] = co_await asyncio::wait(tasks, modes[static_cast<int>(s.mode)], s.timeout);
    log("wait " + joined(s.tasks) + " -> done " + joined(names_of(done)) + " pending " + joined(names_of(pending)));
    co_return flow();
  }
  static names names_of(std::vector<task> const& tasks) {
    names all;
    for (task const& t : tasks) all.emplace_back(t.name());
    return all;
  }
  awaitable<flow> run(op::as_completed const& s) {
    auto completed = asyncio::as_completed(handles(s.tasks), s.timeout);
    while (true) {
      std::optional<task> next;
      try {
        next = co_await completed.next();
      } catch (...) {  // the waiter's own cancel, or the timeout
        log("as_completed raised " + show_error(std::current_exception()));
        throw;
      }
      if (!next) break;
      try {
        log("as_completed -> " + differential::show(next->result()));
      } catch (...) {
        log("as_completed raised " + show_error(std::current_exception()));
      }
    }
    co_return flow();
  }
  awaitable<flow> run(op::shield const& s) { return shown("shield " + s.name, asyncio::shield(handle(s.name))); }
  awaitable<flow> run(op::wait_for const& s) {
    return shown("wait_for " + s.name, asyncio::wait_for(handle(s.name), s.limit));
  }

  awaitable<flow> run(op::timeout const& s) {
    flow left;
    try {
      left = co_await asyncio::timeout(s.limit, run_block(s.body));
    } catch (...) {
      log("timeout raised " + show_error(std::current_exception()));
      throw;
    }
    if (!left) log("timeout -> none");
    co_return left;
  }
  awaitable<flow> run(op::group const& s) {
    flow left;
    try {
      left = co_await asyncio::with_task_group(run_group, this, &s);
    } catch (...) {
      log("group raised " + show_error(std::current_exception()));
      throw;
    }
    if (!left) log("group -> none");
    co_return left;
  }
  static awaitable<flow> run_group(asyncio::task_group& group, interpreter* self, op::group const* s) {
    for (child const& c : s->tasks)
      self->handles_[c.name] = group.create_task(self->body(c.body), asyncio::task_options().name(c.name));
    return self->run_block(s->body);
  }

  // -- objects

  template <class T>
  T* if_object(object_name const& o) {
    return std::get_if<T>(&objects_[o.index]);
  }
  template <class T>
  T& object_of(object_name const& o) {
    return std::get<T>(objects_[o.index]);
  }

  template <class Queue>
  awaitable<flow> put(Queue& q, op::queue_put const& s) {
    co_await q.put(s.item);
    log("put " + s.queue.name + " " + differential::show(s.item) + " size " + std::to_string(q.size()));
    co_return flow();
  }
  awaitable<flow> run(op::queue_put const& s) {
    if (fifo* const q = if_object<fifo>(s.queue)) return put(*q, s);
    if (lifo* const q = if_object<lifo>(s.queue)) return put(*q, s);
    return put(object_of<priority>(s.queue), s);
  }
  template <class Queue>
  awaitable<flow> get(Queue& q, op::queue_get const& s) {
    value const v = co_await q.get();
    log("get " + s.queue.name + " -> " + differential::show(v));
    co_return flow();
  }
  awaitable<flow> run(op::queue_get const& s) {
    if (fifo* const q = if_object<fifo>(s.queue)) return get(*q, s);
    if (lifo* const q = if_object<lifo>(s.queue)) return get(*q, s);
    return get(object_of<priority>(s.queue), s);
  }
  template <class Lock>
  awaitable<flow> inside(Lock& l, op::lock const& s) {
    auto const guard = co_await l.acquire();
    log("enter " + s.object.name);
    flow left = co_await run_block(s.body);
    if (!left) log("leave " + s.object.name);
    co_return left;
  }
  awaitable<flow> run(op::lock const& s) {
    if (auto* const l = if_object<asyncio::lock>(s.object)) return inside(*l, s);
    if (auto* const l = if_object<asyncio::semaphore>(s.object)) return inside(*l, s);
    return inside(object_of<asyncio::condition>(s.object), s);
  }
  awaitable<flow> run(op::event_set const& s) {
    object_of<asyncio::event>(s.event).set();
    co_return flow();
  }
  awaitable<flow> run(op::event_clear const& s) {
    object_of<asyncio::event>(s.event).clear();
    co_return flow();
  }
  awaitable<flow> run(op::event_wait const& s) {
    co_await object_of<asyncio::event>(s.event).wait();
    log("woke " + s.event.name);
    co_return flow();
  }
  awaitable<flow> run(op::cond_wait const& s) {
    auto& condition = object_of<asyncio::condition>(s.condition);
    auto const guard = co_await condition.acquire();
    co_await condition.wait();
    log("notified " + s.condition.name);
    co_return flow();
  }
  awaitable<flow> run(op::cond_notify const& s) {
    auto& condition = object_of<asyncio::condition>(s.condition);
    auto const guard = co_await condition.acquire();
    condition.notify(
        std::max(s.count, std::int64_t{0}));  // a negative number is a value_error here, none in the reference
    co_return flow();
  }
  awaitable<flow> run(op::barrier const& s) {
    co_await object_of<asyncio::barrier>(s.barrier).wait();
    log("barrier " + s.barrier.name + " -> none");
    co_return flow();
  }

  // -- random

  awaitable<flow> run(op::randint const& s) {
    log(std::to_string(random_.randint(s.a, s.b)));
    co_return flow();
  }
  awaitable<flow> run(op::uniform const& s) {
    log(python_hex(random_.uniform(s.a, s.b)));
    co_return flow();
  }
  awaitable<flow> run(op::gauss const& s) {
    log(nine_digits(random_.gauss(s.mu, s.sigma)));
    co_return flow();
  }
  awaitable<flow> run(op::choice const& s) {
    if (s.from.empty()) throw python_error("IndexError");
    log(show(random_.choice(s.from)));
    co_return flow();
  }
  awaitable<flow> run(op::shuffle const& s) {
    std::vector<value> shuffled = s.values;
    random_.shuffle(shuffled);
    log(show(shuffled));
    co_return flow();
  }
  awaitable<flow> run(op::sample const& s) {
    log(show(random_.sample(s.from, s.count)));
    co_return flow();
  }
  awaitable<flow> run(op::sleep_uniform const& s) {
    microseconds const delay(static_cast<std::int64_t>(random_.uniform(s.a, s.b)));
    log("delay " + std::to_string(delay.count()));
    co_await asyncio::sleep(std::max(delay, microseconds::zero()));
    co_return flow();
  }

  program const& program_;
  asyncio::random::generator random_;
  std::deque<object> objects_;  // as declared
  std::map<std::string, task> handles_;
  std::string log_;
};

}  // namespace

std::string log_of(program const& p) {
  interpreter run(p);
  std::string end;
  try {
    asyncio::run_options options;
    options.clock(asyncio::clock_kind::virtual_).handle_sigint(false).seed(p.seed).name("main").debug(false);
    value const result = asyncio::run(run.main(), options);
    end = "value " + show(result);
  } catch (asyncio::deadlock_error const&) {
    end = "deadlock";
  } catch (...) {
    end = "raised " + show_error(std::current_exception());
  }
  return std::move(run.log()) + "end " + end + "\n";
}

}  // namespace differential
