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
#include <string>
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

namespace detail {

/// The spdlog logger named `asyncio`.
[[nodiscard]] std::shared_ptr<spdlog::logger> default_logger();
/// Writes a report to a logger.
void log_report(spdlog::logger& to, exception_context const& what);
/// Tells the exception handler of `home` what happened, to `t` if it is not null. Without a loop it goes to the log.
void report(kernel* home, char const* message, std::exception_ptr e, task_base const* t) noexcept;

/// A scheduled function; its handle and the loop share it.
class callback : public ready_node {
 public:
  explicit callback(kernel& home);
  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
  }
  void cancel() noexcept;
  [[nodiscard]] bool cancelled() const noexcept { return cancelled_.load(std::memory_order_acquire); }
  [[nodiscard]] time_point when() const noexcept { return when_; }

  void schedule();                     // queue it now; the queue keeps a reference
  void schedule_at(time_point when);   // queue it then
  void schedule_from_another_thread();

  void run() override;
  void abandon() noexcept override { release(); }

 protected:
  virtual ~callback() = default;
  virtual void invoke() = 0;
  virtual void destroy() noexcept = 0;

 private:
  kernel* kernel_;
  context_slot context_;
  time_point when_{};
  std::atomic<std::uint32_t> references_{1};
  std::atomic<bool> cancelled_{false};
};

template <class F>
class callback_of final : public callback {
 public:
  callback_of(kernel& home, F fn) : callback(home), fn_(std::move(fn)) {
    static_assert(!awaitable_like<std::invoke_result_t<F&>>,
                  "asyncio::loop calls plain functions; a coroutine would never run: use create_task(f()) or create_task_fn(f)");
  }

 private:
  void invoke() override { static_cast<void>(fn_()); }
  void destroy() noexcept override { delete this; }
  F fn_;
};

}  // namespace detail

/// `asyncio.Handle` and `asyncio.TimerHandle`: what `call_soon`, `call_later` and `call_at` return. Dropping it changes
/// nothing; copies name the same callback. **Threads**: `cancel` of a `call_soon_threadsafe` handle from any thread.
class callback_handle {
 public:
  /// `Handle.cancel()`: the function will not be called, if it was not called already.
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
  /// `loop.set_debug()`.
  void set_debug(bool on) noexcept { kernel_.set_debug(on); }
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
  /// `loop.call_soon_threadsafe(fn)`: call_soon from any thread; wakes the loop. Conformance: TH8, TH9.
  template <std::invocable F>
  callback_handle call_soon_threadsafe(F fn) {
    auto* const cb = new detail::callback_of<F>(kernel_, std::move(fn));
    callback_handle handle(cb);
    cb->schedule_from_another_thread();
    return handle;
  }

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

  /// @cond internal
  explicit loop(boost::asio::execution_context& context);
  ~loop() override;
  [[nodiscard]] detail::kernel& kernel() noexcept { return kernel_; }
  /// @endcond

 private:
  void shutdown() noexcept override { kernel_.shutdown(); }
  template <class F>
  detail::callback* make(F fn, char const* what) {
    kernel_.check_thread(what);
    return new detail::callback_of<F>(kernel_, std::move(fn));
  }

  detail::kernel kernel_;
  exception_handler exception_handler_;
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace asyncio
