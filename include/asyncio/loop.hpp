// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The loop: `asyncio.get_running_loop()`. A service of a `boost::asio::io_context`; there is one per context.
#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/clock.hpp>
#include <asyncio/context.hpp>
#include <asyncio/detail/task/callback.hpp>
#include <asyncio/detail/task/task_loop.hpp>
#include <asyncio/error.hpp>

#include <boost/asio/execution_context.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <tuple>

namespace spdlog {
class logger;
}

namespace asyncio {

/// The argument of an exception handler. Conformance: X2.
struct exception_context {
  std::string message;           ///< What happened.
  std::exception_ptr exception;  ///< The unretrieved exception; null for reports without one.
  std::uint64_t task = 0;        ///< The id of the task concerned; 0: none.
  std::string task_name;         ///< The name of that task.
  source_location created_at;    ///< Where that task was created.
  std::string trail;  ///< The tasks through which the exception came: "in task 'a' ..., awaited by task 'b' ..."
};

/// Counters of a loop, for monitoring. Always counted, at negligible cost.
struct loop_statistics {
  std::uint64_t created = 0;    ///< Tasks created.
  std::uint64_t finished = 0;   ///< Tasks that returned.
  std::uint64_t failed = 0;     ///< Tasks that failed with an exception.
  std::uint64_t cancelled = 0;  ///< Tasks that were cancelled.
  std::uint64_t steps = 0;      ///< Resumptions of coroutines.
  std::size_t alive = 0;        ///< Tasks that have not ended.
  std::size_t ready = 0;        ///< Entries in the ready queue: tasks and callbacks.
  std::size_t timers = 0;       ///< Pending deadlines: sleeps, timeouts, `call_later`.
};

namespace detail {

/// The spdlog logger named `asyncio`; one for standard error after spdlog's registry was destroyed at program exit.
[[nodiscard]] std::shared_ptr<spdlog::logger> default_logger();
/// Writes a report to a logger.
void log_report(spdlog::logger& to, exception_context const& what);

}  // namespace detail

/// `asyncio.Handle` and `asyncio.TimerHandle`: what `call_soon`, `call_later` and `call_at` return. Dropping it has no
/// effect; copies refer to the same callback. **Threads**: the loop's; for `call_soon_threadsafe` any, but each copy
/// belongs to one thread at a time. Conformance: TH9.
class callback_handle {
 public:
  /// `Handle.cancel()`: the function will not be called, unless it already was. For `call_soon_threadsafe`, called from
  /// another thread while the function runs: waits until it has returned.
  void cancel() noexcept { callback_->cancel(); }
  /// `Handle.cancelled()`.
  [[nodiscard]] bool cancelled() const noexcept { return callback_->cancelled(); }
  /// `TimerHandle.when()`: the scheduled time; the loop's epoch for `call_soon`.
  [[nodiscard]] time_point when() const noexcept { return callback_->when(); }

  /// @cond internal
  explicit callback_handle(detail::callback* adopted) noexcept : callback_(adopted) {}
  callback_handle(callback_handle const& other) noexcept : callback_(other.callback_) { callback_->add_reference(); }
  callback_handle& operator=(callback_handle const& other) noexcept {
    callback_handle copy(other);
    std::swap(callback_, copy.callback_);
    return *this;
  }
  ~callback_handle() { callback_->release(); }
  /// @endcond

 private:
  detail::callback* callback_;
};

/// The per-`io_context` state: ready queue, timers, tasks, exception handler, random generator.
///
/// `run` creates one; in an Asio program the first use of this library in a coroutine of a context attaches one.
/// **Threads**: one thread runs the context; all members are called in that thread, except `call_soon_threadsafe`.
class loop : public boost::asio::execution_context::service {
 public:
  /// Identifies the service to Asio.
  static inline boost::asio::execution_context::id id;  // NOLINT: required form

  /// The loop of `context`; attaches it on first use. @return the same object for the same context.
  [[nodiscard]] static loop& of(boost::asio::io_context& context);
  /// `asyncio.get_running_loop()`. @throws no_running_loop outside a coroutine or handler of a loop.
  [[nodiscard]] static loop& running();
  /// The same, or null.
  [[nodiscard]] static loop* running_or_null() noexcept;

  /// `loop.time()`: the current time of the loop's clock, virtual in tests.
  [[nodiscard]] time_point time() const noexcept { return loop_.now(); }
  /// The context the loop belongs to.
  [[nodiscard]] boost::asio::io_context& context() noexcept { return loop_.context(); }
  /// The executor of the context, for I/O objects created outside a task.
  [[nodiscard]] boost::asio::any_io_executor get_executor();
  /// `loop.get_debug()`.
  [[nodiscard]] bool debug() const noexcept { return loop_.debug(); }
  /// `loop.set_debug()`: as run_options::debug, for a context that you run yourself.
  void set_debug(bool on);
  /// `loop.slow_callback_duration`: in debug mode longer steps are logged. Conformance: IN11.
  [[nodiscard]] duration slow_step() const noexcept { return slow_step_; }
  void set_slow_step(duration value) noexcept { slow_step_ = value; }
  /// The generator behind the free functions of `asyncio::random` while this loop runs.
  [[nodiscard]] random::generator& random();

  /// `loop.call_soon(fn)`: calls `fn()` in the next pass over the ready queue, in FIFO order.
  /// An exception it throws goes to the exception handler. Conformance: L3, L11. **Cost**: one allocation.
  template <std::invocable F>
  callback_handle call_soon(F fn) {
    auto* const cb = make(std::move(fn), "asyncio::loop::call_soon");
    callback_handle handle(cb);
    cb->schedule();
    return handle;
  }
  /// `loop.call_later(delay, fn)`: calls `fn()` after `delay`; a negative delay is already over. Equal deadlines run in
  /// call order. Conformance: L4, L6, L7. **Cost**: one allocation, O(log timers).
  template <class Rep, class Period, std::invocable F>
  callback_handle call_later(std::chrono::duration<Rep, Period> delay, F fn) {
    return call_at(detail::add_saturated(time(), detail::to_duration(delay, "asyncio::loop::call_later")),
                   std::move(fn));
  }
  /// @cond internal: a short compile error for the classic mistake
  template <class T, std::invocable F>
  requires std::is_arithmetic_v<T> callback_handle call_later(T, F fn) {
    static_assert(detail::always_false<T>,
                  "asyncio::loop::call_later takes a std::chrono::duration: call_later(1s, fn)");
    return call_soon(std::move(fn));
  }
  /// @endcond
  /// `loop.call_at(when, fn)`: calls `fn()` at a given time of this loop's clock.
  template <std::invocable F>
  callback_handle call_at(time_point when, F fn) {
    auto* const cb = make(std::move(fn), "asyncio::loop::call_at");
    callback_handle handle(cb);
    cb->schedule_at(when);
    return handle;
  }
  /// `loop.call_soon_threadsafe(fn)`: call_soon from any thread; wakes the loop. Calls run in FIFO order, ahead of any
  /// later call_soon, and cannot starve the loop's tasks. The function is destroyed by its last owner, the loop or the
  /// handle. A loop that has ended is recognised by its address; use a loop_token if a new loop may have the same
  /// address. @throws invalid_state when the loop has ended.
  /// **Threads**: any. Not from a signal handler. **Cost**: one allocation. Conformance: TH8, TH9, XT5.
  template <std::invocable F>
  callback_handle call_soon_threadsafe(F fn) {
    auto* const cb = new detail::threadsafe_callback_of<F>(&loop_, std::move(fn));
    callback_handle handle(cb);
    cb->schedule_from_any_thread(detail::task_loop::mail_of(this), "asyncio::loop::call_soon_threadsafe");
    return handle;
  }
  /// A reference to this loop for other threads: see loop_token.
  [[nodiscard]] loop_token token() const;

  /// `loop.add_signal_handler(sig, fn, *args)`: calls `fn(args...)` in the loop, in a copy of the current context, each
  /// time the process receives `number`; this wakes the loop. Replaces the loop's current handler, and run's Ctrl-C,
  /// until it is removed, at the latest by the end of the loop. `fn` must not be a coroutine function. @param number
  /// SIGINT, SIGTERM, ... @throws value_error if `number` is not a signal; invalid_state for SIGKILL and SIGSTOP, and
  /// while another loop handles the same signal.
  /// In virtual time nothing waits for signals: one that the program raises is handled before time advances, and a
  /// program that only a signal could wake is deadlocked. On your own context a handler keeps `context.run()` from
  /// returning, like a pending signal_set wait. **Threads**: the loop's, which may be any thread of the program.
  /// Conformance: SG1-SG3.
  template <class F, class... Args>
  requires std::invocable<F&, Args&...>
  void add_signal_handler(int number, F fn, Args... args) {
    detail::require_plain_function<F, Args...>();
    auto const bound = std::make_shared<std::tuple<F, Args...>>(std::move(fn), std::move(args)...);
    set_signal_handler(
        number, [bound] { std::apply([](F& f, Args&... a) { static_cast<void>(std::invoke(f, a...)); }, *bound); });
  }
  /// `loop.remove_signal_handler(sig)`: restores what handled the signal before: a receiver, run's Ctrl-C, or the
  /// default action. @return whether there was a handler. @throws as add_signal_handler.
  bool remove_signal_handler(int number);

  /// How many threads `to_thread` may use at once: `loop.set_default_executor(ThreadPoolExecutor(max_workers=n))`.
  /// @param n at least 1; lowering it keeps the existing threads. Default: 40.
  void set_max_threads(std::size_t n);

  /// Called for unretrieved exceptions.
  using exception_handler = std::function<void(loop&, exception_context const&)>;
  /// `loop.set_exception_handler(handler)`. An empty function restores the default, which logs through the spdlog
  /// logger named `asyncio`. A handler that throws is itself reported by the default one. Conformance: X1-X3.
  void set_exception_handler(exception_handler handler) { exception_handler_ = std::move(handler); }
  /// The same for a handler that does not need the loop.
  template <std::invocable<exception_context const&> F>
  void set_exception_handler(F handler) {
    exception_handler_ = [h = std::move(handler)](loop&, exception_context const& what) mutable { h(what); };
  }
  /// `loop.set_exception_handler(None)`.
  void set_exception_handler(std::nullptr_t) noexcept { exception_handler_ = nullptr; }
  /// `loop.call_exception_handler(context)`.
  void call_exception_handler(exception_context const& what) noexcept;
  /// `loop.default_exception_handler(context)`: logs it through `logger()`.
  void default_exception_handler(exception_context const& what) const;
  /// Where reports and warnings go: the logger given to `run_options::logger`, else the spdlog logger named `asyncio`,
  /// made on first use (standard error).
  [[nodiscard]] std::shared_ptr<spdlog::logger> logger() const;
  /// Replaces the logger; null restores the default.
  void set_logger(std::shared_ptr<spdlog::logger> value) noexcept { logger_ = std::move(value); }

  /// Adds an instrument, which is notified of all subsequent events. Conformance: XT8.
  void add_instrument(std::shared_ptr<instrument> hooks);
  /// @return false if it was not installed, or was removed because it threw.
  bool remove_instrument(instrument const& hooks) noexcept;
  /// The counters of this loop. **Cost**: O(ready); see `snapshot` for another thread. Conformance: XL5.
  [[nodiscard]] loop_statistics statistics() const noexcept;

  /// @cond internal
  void warn(std::string const& text) const noexcept;
  explicit loop(boost::asio::execution_context& context);
  ~loop() override;
  [[nodiscard]] detail::task_loop& core() noexcept { return loop_; }
  /// @endcond

 private:
  void shutdown() noexcept override { loop_.shutdown(); }
  void notify_fork(boost::asio::execution_context::fork_event event) override;
  void set_signal_handler(int number, std::function<void()> fn);
  template <class F>
  detail::callback* make(F fn, char const* what) {
    loop_.check_thread(what);
    return new detail::callback_of<F>(loop_, std::move(fn));
  }

  detail::task_loop loop_;
  exception_handler exception_handler_;
  std::shared_ptr<spdlog::logger> logger_;
  duration slow_step_ = std::chrono::milliseconds(100);
};

}  // namespace asyncio
