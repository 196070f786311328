/// @file
/// The loop: `asyncio.get_running_loop()`. A service of a `boost::asio::io_context`; there is one per context.
#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/clock.hpp>
#include <asyncio/context.hpp>
#include <asyncio/detail/callable.hpp>
#include <asyncio/detail/kernel.hpp>
#include <asyncio/error.hpp>

#include <boost/asio/execution_context.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <type_traits>

namespace spdlog {
class logger;
}

namespace asyncio {

/// What an exception handler is told. Conformance: X2.
struct exception_context {
  std::string message;           ///< What happened.
  std::exception_ptr exception;  ///< The exception nobody took; null for reports without one.
  std::uint64_t task = 0;        ///< The id of the task concerned; 0: none.
  std::string task_name;         ///< ... and its name.
  source_location created_at;    ///< Where that task was created.
};

/// What a loop has done so far and has to do: for monitoring. Counted always; counting costs next to nothing.
struct loop_statistics {
  std::uint64_t created = 0;    ///< Tasks that were created,
  std::uint64_t finished = 0;   ///< ... that returned,
  std::uint64_t failed = 0;     ///< ... that ended by an exception,
  std::uint64_t cancelled = 0;  ///< ... that ended cancelled.
  std::uint64_t steps = 0;      ///< How often a coroutine was resumed.
  std::size_t alive = 0;        ///< Tasks that have not ended.
  std::size_t ready = 0;        ///< What stands in the ready queue: tasks and callbacks.
  std::size_t timers = 0;       ///< Deadlines that are waited for: sleeps, timeouts, `call_later`.
};

namespace detail {

class debug_watch;

/// The spdlog logger named `asyncio`; one for standard error when spdlog's register is gone, at the end of the program.
[[nodiscard]] std::shared_ptr<spdlog::logger> default_logger();
/// Writes a report to a logger.
void log_report(spdlog::logger& to, exception_context const& what);

template <class F, class... Args>
constexpr void require_plain_function() noexcept {
  static_assert(!awaitable_like<std::invoke_result_t<F&, Args&...>>,
                "asyncio::loop calls plain functions; a coroutine would never run: use create_task(f()) or create_task_fn(f)");
}

/// A scheduled function; its handle and the loop share it.
class callback : public ready_node {
 public:
  explicit callback(kernel& home);
  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
  }
  void cancel() noexcept;
  [[nodiscard]] bool cancelled() const noexcept;
  [[nodiscard]] time_point when() const noexcept { return when_; }

  void schedule();                     // queue it now; the queue keeps a reference
  void schedule_at(time_point when);   // queue it then
  void schedule_from_any_thread(std::shared_ptr<mailbox> const& mail, char const* who);

  void run() override;
  void abandon() noexcept override { release(); }

 protected:
  /// `running`: held while the function runs; null for a callback that only the loop's thread knows.
  callback(kernel* home, std::recursive_mutex* running);
  virtual ~callback() = default;
  virtual void invoke() = 0;
  virtual void destroy() noexcept = 0;

 private:
  kernel* kernel_;
  std::recursive_mutex* running_ = nullptr;
  context_slot context_;
  time_point when_{};
  std::atomic<std::uint32_t> references_{1};
  std::atomic<bool> cancelled_{false};
};

template <class F>
class callback_of final : public callback {
 public:
  callback_of(kernel& home, F fn) : callback(home), fn_(std::move(fn)) { require_plain_function<F>(); }

 private:
  void invoke() override { static_cast<void>(fn_()); }
  void destroy() noexcept override { delete this; }
  F fn_;
};

/// One whose handle other threads use.
template <class F>
class threadsafe_callback_of final : public callback {
 public:
  threadsafe_callback_of(kernel* home, F fn) : callback(home, &mutex_), fn_(std::move(fn)) { require_plain_function<F>(); }

 private:
  void invoke() override { static_cast<void>(fn_()); }
  void destroy() noexcept override { delete this; }
  std::recursive_mutex mutex_;
  F fn_;
};

}  // namespace detail

/// `asyncio.Handle` and `asyncio.TimerHandle`: what `call_soon`, `call_later` and `call_at` return. Dropping it changes
/// nothing; copies name the same callback. **Threads**: the loop's; a handle of `call_soon_threadsafe` any, but one copy
/// belongs to one thread at a time. Conformance: TH9.
class callback_handle {
 public:
  /// `Handle.cancel()`: the function will not be called, if it was not called already. For `call_soon_threadsafe`, from
  /// another thread: while the function runs this waits for its end, so that afterwards it does not run.
  void cancel() noexcept { callback_->cancel(); }
  /// `Handle.cancelled()`.
  [[nodiscard]] bool cancelled() const noexcept { return callback_->cancelled(); }
  /// `TimerHandle.when()`: the instant it was scheduled for; the loop's epoch for `call_soon`.
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
/// `run` makes one; in an Asio program the first use of this library in a coroutine of a context attaches one.
/// **Threads**: one thread runs the context; everything here is called in that thread, except `call_soon_threadsafe`.
class loop : public boost::asio::execution_context::service {
 public:
  /// Asio finds the service by it.
  static inline boost::asio::execution_context::id id;  // NOLINT: required form

  /// The loop of `context`; attaches it on first use. @return the same object for the same context.
  [[nodiscard]] static loop& of(boost::asio::io_context& context);
  /// `asyncio.get_running_loop()`. @throws no_running_loop outside a coroutine or handler of a loop.
  [[nodiscard]] static loop& running();
  /// The same, or null.
  [[nodiscard]] static loop* running_or_null() noexcept;

  /// `loop.time()`: the present instant of the loop's clock, virtual in tests.
  [[nodiscard]] time_point time() const noexcept { return kernel_.now(); }
  /// The context the loop belongs to.
  [[nodiscard]] boost::asio::io_context& context() noexcept { return kernel_.context(); }
  /// The executor of the context, for I/O objects made outside a task.
  [[nodiscard]] boost::asio::any_io_executor get_executor();
  /// `loop.get_debug()`.
  [[nodiscard]] bool debug() const noexcept { return kernel_.debug(); }
  /// `loop.set_debug()`: what run_options::debug does, for a context that you run yourself.
  void set_debug(bool on);
  /// `loop.slow_callback_duration`: in debug mode a step that is longer is logged. Conformance: IN11.
  [[nodiscard]] duration slow_step() const noexcept { return slow_step_; }
  void set_slow_step(duration value) noexcept { slow_step_ = value; }
  /// The generator behind the free functions of `asyncio::random` while this loop runs.
  [[nodiscard]] random::generator& random() noexcept { return kernel_.generator(); }

  /// `loop.call_soon(fn)`: calls `fn()` in the next pass over the ready queue, first come first served.
  /// An exception it throws goes to the exception handler. Conformance: L3, L11. **Cost**: one allocation.
  template <std::invocable F>
  callback_handle call_soon(F fn) {
    auto* const cb = make(std::move(fn), "asyncio::loop::call_soon");
    callback_handle handle(cb);
    cb->schedule();
    return handle;
  }
  /// `loop.call_later(delay, fn)`: calls `fn()` when `delay` has passed; a negative delay is already over.
  /// Equal deadlines run in the order of the calls. Conformance: L4, L6, L7. **Cost**: one allocation, O(log timers).
  template <class Rep, class Period, std::invocable F>
  callback_handle call_later(std::chrono::duration<Rep, Period> delay, F fn) {
    return call_at(detail::add_saturated(time(), detail::to_duration(delay, "asyncio::loop::call_later")), std::move(fn));
  }
  /// @cond internal: one sentence instead of a page for the classic mistake
  template <class T, std::invocable F>
    requires std::is_arithmetic_v<T>
  callback_handle call_later(T, F fn) {
    static_assert(detail::always_false<T>, "asyncio::loop::call_later takes a std::chrono::duration: call_later(1s, fn)");
    return call_soon(std::move(fn));
  }
  /// @endcond
  /// `loop.call_at(when, fn)`: calls `fn()` at an instant of this loop's clock.
  template <std::invocable F>
  callback_handle call_at(time_point when, F fn) {
    auto* const cb = make(std::move(fn), "asyncio::loop::call_at");
    callback_handle handle(cb);
    cb->schedule_at(when);
    return handle;
  }
  /// `loop.call_soon_threadsafe(fn)`: call_soon from any thread; wakes the loop. First come first served, also before a
  /// later call_soon; many calls cannot keep the loop from its tasks. The function is destroyed by whoever is the last
  /// to hold it, the loop or the handle. A loop that has ended is recognised by its address; use a loop_token where a
  /// new one may have taken that over. @throws invalid_state when the loop has ended.
  /// **Threads**: any. Not from a signal handler. **Cost**: one allocation. Conformance: TH8, TH9, XT5.
  template <std::invocable F>
  callback_handle call_soon_threadsafe(F fn) {
    auto* const cb = new detail::threadsafe_callback_of<F>(&kernel_, std::move(fn));
    callback_handle handle(cb);
    cb->schedule_from_any_thread(detail::kernel::mail_of(this), "asyncio::loop::call_soon_threadsafe");
    return handle;
  }
  /// What another thread may keep of this loop: see loop_token.
  [[nodiscard]] loop_token token() const;

  /// `loop.add_signal_handler(sig, fn, *args)`: from now on calls `fn(args...)` in the loop, once for each `number` that
  /// the process receives, in a copy of the present context; the loop wakes up for it. Replaces the handler that this
  /// loop has for it, also run's Ctrl-C, until it is removed; the end of the loop removes it. fn(args...) must not be a
  /// coroutine. @param number SIGINT, SIGTERM, ... @throws value_error for a number that is no signal; invalid_state for
  /// SIGKILL and SIGSTOP, and while another loop handles the same signal.
  /// In virtual time nothing waits for signals: one that the program raises is handled before time goes on, and a
  /// program that only a signal could wake is a deadlock. On a context of your own a handler keeps `context.run()` from
  /// returning, as a signal_set that waits. **Threads**: the loop's, in any thread of the program. Conformance: SG1-SG3.
  template <class F, class... Args>
    requires std::invocable<F&, Args&...>
  void add_signal_handler(int number, F fn, Args... args) {
    detail::require_plain_function<F, Args...>();
    auto const bound = std::make_shared<std::tuple<F, Args...>>(std::move(fn), std::move(args)...);
    set_signal_handler(number, [bound] {
      std::apply([](F& f, Args&... a) { static_cast<void>(std::invoke(f, a...)); }, *bound);
    });
  }
  /// `loop.remove_signal_handler(sig)`: what handled the signal before does again: a receiver, run's Ctrl-C, the action of
  /// the operating system. @return whether there was a handler. @throws as add_signal_handler.
  bool remove_signal_handler(int number);

  /// How many threads `to_thread` may use at once: `loop.set_default_executor(ThreadPoolExecutor(max_workers=n))`.
  /// @param n at least 1; a smaller number than before leaves the threads that exist. Default: 40.
  void set_max_threads(std::size_t n);

  /// What is called for exceptions nobody takes.
  using exception_handler = std::function<void(loop&, exception_context const&)>;
  /// `loop.set_exception_handler(handler)`. An empty function restores the default, which logs through the spdlog logger
  /// named `asyncio`. A handler that throws is itself reported by the default one. Conformance: X1-X3.
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

  /// Tells `hooks` of everything that happens from now on, together with those that were added before. Conformance: XT8.
  void add_instrument(std::shared_ptr<instrument> hooks) { kernel_.add_instrument(std::move(hooks)); }
  /// @return false when it was not there, or was removed because it threw.
  bool remove_instrument(instrument const& hooks) noexcept { return kernel_.remove_instrument(hooks); }
  /// The counters of this loop. **Cost**: O(what is ready); see `snapshot` for another thread. Conformance: XL5.
  [[nodiscard]] loop_statistics statistics() const noexcept;

  /// @cond internal
  void warn(std::string const& text) const noexcept;
  explicit loop(boost::asio::execution_context& context);
  ~loop() override;
  [[nodiscard]] detail::kernel& kernel() noexcept { return kernel_; }
  /// @endcond

 private:
  void shutdown() noexcept override { kernel_.shutdown(); }
  void notify_fork(boost::asio::execution_context::fork_event event) override;
  void set_signal_handler(int number, std::function<void()> fn);
  template <class F>
  detail::callback* make(F fn, char const* what) {
    kernel_.check_thread(what);
    return new detail::callback_of<F>(kernel_, std::move(fn));
  }

  detail::kernel kernel_;
  exception_handler exception_handler_;
  std::shared_ptr<spdlog::logger> logger_;
  std::shared_ptr<detail::debug_watch> watch_;
  duration slow_step_ = std::chrono::milliseconds(100);
};

}  // namespace asyncio
