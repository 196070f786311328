// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Tasks: `asyncio.create_task` and `asyncio.Task`.
#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/context.hpp>
#include <asyncio/detail/base/arguments.hpp>
#include <asyncio/detail/base/callable.hpp>
#include <asyncio/detail/task/operation.hpp>
#include <asyncio/detail/task/task_state.hpp>
#include <asyncio/detail/task/task_wait.hpp>
#include <asyncio/loop.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace asyncio {

template <class T>
class task;

/// A type-erased task handle: everything in `task<T>` except the value. Copies refer to the same task.
/// **Threads**: the loop's, except `cancel_threadsafe`.
class any_task {
 public:
  /// An empty handle; every member except the comparison throws invalid_state.
  any_task() = default;

  /// `Task.done()`: whether it has ended, in whatever way.
  [[nodiscard]] bool done() const { return state("asyncio::task::done").done(); }
  /// `Task.cancelled()`: whether it ended by cancellation.
  [[nodiscard]] bool cancelled() const { return state("asyncio::task::cancelled").cancelled(); }
  /// `Task.exception()`: the exception of a failed task, null for a finished one.
  /// @throws invalid_state if it is not done, cancelled_error if it was cancelled. Conformance: F4, T24.
  [[nodiscard]] std::exception_ptr exception() const;

  /// `Task.cancel(msg)`: throws cancelled_error once into the task, at its current wait or, if it is running, at its
  /// next one; a task that has not started never enters its body. Edge-triggered: after catching it the task can wait
  /// again.
  /// @param message the text of the cancelled_error.
  /// @return false if the task has already ended. Conformance: C1-C24.
  bool cancel(std::string_view message = {}) { return state("asyncio::task::cancel").cancel(message); }
  /// The same from any thread; it takes effect in the loop's next pass. **Threads**: any, while the loop exists.
  void cancel_threadsafe(std::string message = {});
  /// `Task.cancelling()`: the number of cancellation requests that were not withdrawn.
  [[nodiscard]] int cancelling() const { return state("asyncio::task::cancelling").cancelling(); }
  /// `Task.uncancel()`: withdraws one request; at zero an undelivered cancellation is dropped.
  /// @return the number of remaining requests. Conformance: C16-C20.
  int uncancel() { return state("asyncio::task::uncancel").uncancel(); }

  /// `Task.add_done_callback(fn)`: schedules `fn(task)` on the loop when the task has ended, in order of registration;
  /// soon, if it has already ended. An exception it throws goes to the exception handler.
  /// @return a number for `remove_done_callback`. Conformance: F5-F9.
  std::uint64_t add_done_callback(std::function<void(any_task)> fn);
  /// `Task.remove_done_callback(fn)`. @return how many were removed: 1, or 0 if it was already called or removed.
  std::size_t remove_done_callback(std::uint64_t callback);

  /// `Task.get_name()`: `Task-<id>` by default. Valid until the task is destroyed or renamed.
  [[nodiscard]] std::string_view name() const { return state("asyncio::task::name").name(); }
  /// `Task.set_name(name)`.
  void set_name(std::string name) { state("asyncio::task::set_name").set_name(std::move(name)); }
  /// Unique among the tasks of a loop, and increasing with each task.
  [[nodiscard]] std::uint64_t id() const { return state("asyncio::task::id").id(); }
  /// Where `create_task` was called.
  [[nodiscard]] source_location created_at() const { return state("asyncio::task::created_at").created_at(); }
  /// What the task currently waits for.
  [[nodiscard]] wait_info waits_for() const { return state("asyncio::task::waits_for").waits_for(); }

  /// Waits for the end of the task and throws its exception, if any.
  /// **Cancellation**: also cancels the awaited task and waits for its end; use `shield` to keep it running.
  [[nodiscard("co_await it")]] detail::join_any_operation join() const;

  /// Whether the handle refers to a task.
  [[nodiscard]] explicit operator bool() const noexcept { return ref_.get() != nullptr; }
  friend bool operator==(any_task const& a, any_task const& b) noexcept { return a.ref_.get() == b.ref_.get(); }

  /// @cond internal
  explicit any_task(detail::task_ref ref) noexcept : ref_(std::move(ref)) {}
  [[nodiscard]] detail::task_ref const& ref() const noexcept { return ref_; }
  [[nodiscard]] detail::task_ref take_ref() && noexcept { return std::move(ref_); }
  [[nodiscard]] detail::task_base& state(char const* who) const { return detail::checked(ref_, who); }
  /// @endcond

 protected:
  detail::task_ref ref_;
};

/// `repr(task)`: `<Task pending name='n' id=3 waiting for sleep>`. Conformance: T5, T6.
[[nodiscard]] std::string to_string(any_task const& t);

/// A handle of a task with result type `T`: `asyncio.Task`. Copies refer to the same task. The loop keeps a running
/// task alive: dropping every handle detaches it, and an unretrieved exception is then reported to the exception
/// handler.
template <class T>
class task : public any_task {
 public:
  using value_type = T;
  task() = default;

  /// `await task`: waits for the end and returns the result. Any number of coroutines may join; each gets a copy, but a
  /// move-only result is moved to the first.
  /// @throws what the task threw (the same exception object), cancelled_error if it was cancelled, invalid_state if a
  /// task joins itself or the result was moved out. Conformance: T8, T9, C6, C7.
  /// **Cancellation**: also cancels the joined task and waits for its end (C6).
  /// **Checkpoint**: only if the task has not ended. **Threads**: the loop's. **Cost**: no allocation.
  [[nodiscard("co_await t.join() waits for the task")]] detail::join_operation<T> join() const {
    (void)state("asyncio::task::join");
    return detail::join_operation<T>(ref_);
  }
  /// `co_await create_task(f())`: a task given as an rvalue is joined.
  detail::operation_probe_result operator()(detail::operation_probe) &&;
  detail::signature_probe_result<detail::join_operation<T>> operator()(detail::signature_probe) &&;
  detail::operation_probe_result operator()(detail::operation_probe) const&;  // only to diagnose an lvalue
  detail::lvalue_probe_result operator()(detail::signature_probe) const&;

  /// `Task.result()`. @return the value of a finished task.
  /// @throws its exception; cancelled_error if it was cancelled; invalid_state if it is not done. Conformance: T7.
  [[nodiscard]] std::add_lvalue_reference_t<T const> result() const requires(!std::is_void_v<T>) {
    state("asyncio::task::result").require_done("asyncio::task::result");
    return typed().value();
  }
  void result() const requires std::is_void_v<T> {
    state("asyncio::task::result").require_done("asyncio::task::result");
    ref_.get()->rethrow_failure();
  }

  /// `Task.add_done_callback(fn)`: see any_task.
  std::uint64_t add_done_callback(std::function<void(task)> fn) {
    return any_task::add_done_callback([f = std::move(fn)](any_task const& t) { f(task(t.ref())); });
  }

  /// @cond internal
  explicit task(detail::task_ref ref) noexcept : any_task(std::move(ref)) {}
  [[nodiscard]] detail::task_state<T>& typed() const { return *static_cast<detail::task_state<T>*>(ref_.get()); }
  /// @endcond
};

/// Options for `create_task`: `create_task(f(), task_options().name("reader").eager_start(true))`.
class task_options {
 public:
  task_options() = default;
  /// The task's name.
  task_options& name(std::string value) {
    name_ = std::move(value);
    return *this;
  }
  /// Runs the body inside `create_task` up to its first suspension. Conformance: T2, E1-E5.
  task_options& eager_start(bool on) {
    eager_ = on;
    return *this;
  }
  /// The context to run in, by reference; otherwise the task gets a copy of the creator's. Conformance: CX2.
  task_options& context(asyncio::context value) {
    context_ = value.slot();
    return *this;
  }

  /// @cond internal
  [[nodiscard]] std::string& name_value() noexcept { return name_; }
  [[nodiscard]] bool eager() const noexcept { return eager_; }
  [[nodiscard]] detail::context_slot const& context_value() const noexcept { return context_; }
  /// @endcond

 private:
  std::string name_;
  detail::context_slot context_;
  bool eager_ = false;
};

namespace detail {

template <class A>
constexpr void require_rvalue() noexcept {
  static_assert(!std::is_lvalue_reference_v<A>,
                "asyncio::create_task takes the coroutine over; give it as an rvalue: "
                "create_task(f()) or create_task(std::move(aw))");
}

[[noreturn]] void throw_empty_awaitable(char const* who);
/// Name, context and start of a new task.
void configure_and_launch(task_base& t, task_options& options);

inline constexpr char const* by_create_task = "asyncio::create_task";

/// A task that is not launched yet. `who` begins the error message for an empty awaitable.
template <class T>
task<T> make_task(task_loop& home, awaitable<T> body, source_location where, char const* who = by_create_task) {
  static_assert(
      std::is_void_v<T> || alignof(nonvoid_t<T>) <= alignof(std::max_align_t),
      "asyncio: a coroutine cannot return a type that is aligned more strictly than std::max_align_t: Asio's frames "
      "are not; return it in a std::unique_ptr");
  if (!body.valid()) [[unlikely]]
    throw_empty_awaitable(who);
  return task<T>{task_ref(new task_state<T>(home, std::move(body), where))};
}

template <class T>
task<T> spawn(task_loop& home, awaitable<T> body, source_location where, char const* who = by_create_task) {
  home.check_open(who);
  home.check_thread(who);
  task<T> handle = make_task(home, std::move(body), where, who);
  handle.ref().get()->launch(task_base::start_mode::queued);
  return handle;
}

template <class T>
task<T> spawn(task_loop& home, awaitable<T> body, task_options options, source_location where,
              char const* who = by_create_task) {
  home.check_open(who);
  home.check_thread(who);
  task<T> handle = make_task(home, std::move(body), where, who);
  configure_and_launch(*handle.ref().get(), options);
  return handle;
}

// The coroutine frame has a member of type F: g++ warns when F is local to a source file.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsubobject-linkage"
#endif
/// Keeps a callable and its arguments alive as long as the coroutine it returns.
template <class F, class... Args>
auto call_and_keep(F fn, Args... args) -> awaitable<await_result_t<std::invoke_result_t<F&, Args...>>> {
  co_return co_await std::invoke(fn, std::move(args)...);
}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

/// The same as a task.
template <class F, class... Args>
auto spawn_call(source_location where, F&& fn, Args&&... args) {
  return spawn(task_loop::running("asyncio::create_task_fn"),
               call_and_keep<std::decay_t<F>, std::decay_t<Args>...>(std::forward<F>(fn), std::forward<Args>(args)...),
               where);
}

}  // namespace detail

/// `asyncio.create_task(coro)`: runs a coroutine concurrently. The body does not start inside the call (see
/// eager_start); tasks start in the order of creation. @param aw the coroutine, e.g. `fetch(url)`. @return a handle of
/// the task.
/// @throws no_running_loop outside a loop, invalid_state for an awaitable that is empty or was already awaited.
/// **Threads**: the loop's. **Cost**: one allocation besides the coroutine's own frame. Conformance: T1-T4, T12.
/// **Example**: `auto t = asyncio::create_task(square(4), "four"); int c = co_await t.join();`
template <awaitable_like A>
task<await_result_t<A>> create_task(A&& aw, source_location where = BOOST_CURRENT_LOCATION) {
  detail::require_rvalue<A>();
  return detail::spawn(detail::task_loop::running("asyncio::create_task"), detail::to_awaitable(std::move(aw)), where);
}
/// The same, with options.
template <awaitable_like A>
task<await_result_t<A>> create_task(A&& aw, task_options options, source_location where = BOOST_CURRENT_LOCATION) {
  detail::require_rvalue<A>();
  return detail::spawn(detail::task_loop::running("asyncio::create_task"), detail::to_awaitable(std::move(aw)),
                       std::move(options), where);
}
/// The same with a name: `asyncio.create_task(coro, name=...)`.
template <awaitable_like A>
task<await_result_t<A>> create_task(A&& aw, std::string_view name, source_location where = BOOST_CURRENT_LOCATION) {
  return create_task(std::move(aw), task_options().name(std::string(name)), where);
}
/// Creates a task on a context that you run yourself with `context.run()`, which does not return while tasks are alive.
template <awaitable_like A>
task<await_result_t<A>> create_task(boost::asio::io_context& context, A&& aw, task_options options = {},
                                    source_location where = BOOST_CURRENT_LOCATION) {
  detail::require_rvalue<A>();
  return detail::spawn(loop::of(context).core(), detail::to_awaitable(std::move(aw)), std::move(options), where);
}
/// @cond internal: a short compile error for the classic mistake
template <class A, class... Rest>
requires(!awaitable_like<A> &&
         !std::is_same_v<std::remove_cvref_t<A>, boost::asio::io_context>) auto create_task(A&&, Rest&&...) {
  static_assert(detail::always_false<A>,
                "asyncio::create_task takes a coroutine that was called: create_task(f(x)), not create_task(f); "
                "for a callable with captures or arguments use create_task_fn(f, args...)");
  return task<detail::anything>();
}
template <class A, class... Rest>
requires(!awaitable_like<A>) auto create_task(boost::asio::io_context&, A&&, Rest&&...) {
  static_assert(detail::always_false<A>,
                "asyncio::create_task takes a coroutine that was called: create_task(context, f(x)), "
                "not create_task(context, f)");
  return task<detail::anything>();
}
template <awaitable_like A>
auto create_task(A&&, boost::asio::io_context&) {
  static_assert(detail::always_false<A>, "asyncio::create_task takes the io_context first: create_task(context, f())");
  return task<detail::anything>();
}
/// @endcond

/// `asyncio.create_task(fn(*args))` for callables: `fn` and `args` are stored with the coroutine and outlive it, so a
/// lambda with captures is safe. @param fn a function that returns an awaitable. @param args copied, and passed as
/// rvalues.
template <class F, ASYNCIO_DETAIL_TYPES>
requires(detail::given<ASYNCIO_DETAIL_NAMES>::template called_by<F>) auto create_task_fn(
    F&& fn, ASYNCIO_DETAIL_PARAMETERS, source_location where = BOOST_CURRENT_LOCATION) {
  detail::refuse_capturing_temporary<F>();
  auto const spawn = [&](auto&&... args) {
    return detail::spawn_call(where, std::forward<F>(fn), std::forward<decltype(args)>(args)...);
  };
  return detail::given<ASYNCIO_DETAIL_NAMES>::pass(spawn, ASYNCIO_DETAIL_FORWARDED);
}

/// @cond internal: longer argument lists
template <class F, class... Args>
requires(detail::coroutine_function<F, Args...> &&
         sizeof...(Args) > detail::most_arguments) auto create_task_fn(F&& fn, Args&&... args) {
  detail::refuse_capturing_temporary<F>();
  return detail::spawn_call(detail::unknown_place, std::forward<F>(fn), std::forward<Args>(args)...);
}
/// @endcond
/// @cond internal: a short compile error for the classic mistake
template <class F, class... Args>
requires(!detail::coroutine_function<F, Args...> && !awaitable_like<F>) auto create_task_fn(F&&, Args&&...) {
  detail::require_coroutine_function<F, Args...>();
  return task<detail::anything>();
}
template <awaitable_like F, class... Args>
auto create_task_fn(F&&, Args&&...) {
  static_assert(detail::always_false<F>,
                "asyncio::create_task_fn takes a function that is not called yet: create_task_fn(f, x); "
                "for a coroutine that was called use create_task(f(x))");
  return task<detail::anything>();
}
/// @endcond

/// `asyncio.current_task()`: the task whose coroutine is running. @return an empty handle in a callback or a coroutine
/// that is not a task. @throws no_running_loop outside a loop. Conformance: T15, T16.
[[nodiscard]] any_task current_task();

/// `asyncio.all_tasks()`: the tasks of the running loop that have not ended, oldest first. **Threads**: the loop's own.
/// Conformance: T18.
[[nodiscard]] std::vector<any_task> all_tasks();
/// The same for any loop, from its thread.
[[nodiscard]] std::vector<any_task> all_tasks(loop& of);

}  // namespace asyncio
