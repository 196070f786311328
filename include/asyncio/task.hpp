/// @file
/// Tasks: `asyncio.create_task` and `asyncio.Task`.
#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/context.hpp>
#include <asyncio/detail/arguments.hpp>
#include <asyncio/detail/callable.hpp>
#include <asyncio/detail/operation.hpp>
#include <asyncio/detail/task_state.hpp>
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

namespace detail {

[[nodiscard]] task_base& checked(task_ref const& ref, char const* who);

/// `co_await t.join()`: waits for a task and gives what it gave.
template <class T>
class join_wait : public wait_node {
 public:
  explicit join_wait(task_ref target) noexcept : target_(std::move(target)) {}
  template <std::derived_from<any_task> Handle>
  explicit join_wait(Handle&& handle) noexcept : target_(std::move(handle).take_ref()) {}
  join_wait(join_wait&& other) noexcept : wait_node(std::move(other)), target_(std::move(other.target_)) {}

  bool cancel_wait() override { return join_cancel(*target_.get(), *this); }
  [[nodiscard]] bool served() const noexcept override { return target_.get()->done(); }
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::join, target_.get()->id(), {}, nullptr}; }
  void visit_awaited(task_visitor& v) override { v.awaited(*target_.get()); }
  T finish() {
    check_outcome();
    check_target(target_.get()->cancelled());
    return static_cast<task_state<T>*>(target_.get())->take(target_.get()->unreferenced_elsewhere());
  }

 protected:
  ~join_wait() = default;

 private:
  bool arm() override { return join_arm(checked(target_, "asyncio: co_await task"), *this, waiter(), home()); }
  void disarm() noexcept override {}
  task_ref target_;
};

template <class T>
class join_operation final : public join_wait<T>, public operation<join_operation<T>, T> {
 public:
  using join_wait<T>::join_wait;
  join_operation(join_operation&&) noexcept = default;
};

/// The same without the value, for `any_task`.
class join_any_operation final : public wait_node, public operation<join_any_operation, void> {
 public:
  explicit join_any_operation(task_ref target) noexcept : target_(std::move(target)) {}
  join_any_operation(join_any_operation&& other) noexcept : wait_node(std::move(other)), target_(std::move(other.target_)) {}

  bool cancel_wait() override { return join_cancel(*target_.get(), *this); }
  [[nodiscard]] bool served() const noexcept override { return target_.get()->done(); }
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::join, target_.get()->id(), {}, nullptr}; }
  void visit_awaited(task_visitor& v) override { v.awaited(*target_.get()); }
  void finish() {
    check_outcome();
    check_target(target_.get()->cancelled());
    target_.get()->rethrow_failure();
  }

 private:
  bool arm() override { return join_arm(*target_.get(), *this, waiter(), home()); }
  void disarm() noexcept override {}
  task_ref target_;
};

}  // namespace detail

/// A handle of a task whose result type is not known: everything of `task<T>` except the value. Copies name the same task.
/// **Threads**: all members belong to the loop's thread, except `cancel_threadsafe`.
class any_task {
 public:
  /// Names no task; every member but the comparison throws invalid_state.
  any_task() = default;

  /// `Task.done()`: whether it has ended, in whatever way.
  [[nodiscard]] bool done() const { return state("asyncio::task::done").done(); }
  /// `Task.cancelled()`: whether it ended by a cancel.
  [[nodiscard]] bool cancelled() const { return state("asyncio::task::cancelled").cancelled(); }
  /// `Task.exception()`: the exception of a failed task, null for a finished one.
  /// @throws invalid_state when it is not done, cancelled_error when it was cancelled. Conformance: F4, T24.
  [[nodiscard]] std::exception_ptr exception() const;

  /// `Task.cancel(msg)`: throws cancelled_error once into the task, where it waits now or, if it runs, where it waits next;
  /// a task that has not begun never enters its body. Edge-triggered: after it was caught the task can wait again.
  /// @param message what the cancelled_error will say.
  /// @return false when the task has ended already. Conformance: C1-C24.
  bool cancel(std::string_view message = {}) { return state("asyncio::task::cancel").cancel(message); }
  /// The same from any thread; it takes effect in the loop's next pass. **Threads**: any, while the loop exists.
  void cancel_threadsafe(std::string message = {});
  /// `Task.cancelling()`: the number of cancel requests that were not taken back.
  [[nodiscard]] int cancelling() const { return state("asyncio::task::cancelling").cancelling(); }
  /// `Task.uncancel()`: takes one request back; at zero a cancel that is not delivered yet is dropped.
  /// @return the number that is left. Conformance: C16-C20.
  int uncancel() { return state("asyncio::task::uncancel").uncancel(); }

  /// `Task.add_done_callback(fn)`: calls `fn(task)` through the loop when the task has ended, in the order of the calls;
  /// soon, if it has ended already. An exception it throws goes to the exception handler.
  /// @return a number for `remove_done_callback`. Conformance: F5-F9.
  std::uint64_t add_done_callback(std::function<void(any_task)> fn);
  /// `Task.remove_done_callback(fn)`. @return how many were removed: 1, or 0 when it has been called or removed already.
  std::size_t remove_done_callback(std::uint64_t callback);

  /// `Task.get_name()`: `Task-<id>` unless a name was given. Valid while the task exists and keeps the name.
  [[nodiscard]] std::string_view name() const { return state("asyncio::task::name").name(); }
  /// `Task.set_name(name)`.
  void set_name(std::string name) { state("asyncio::task::set_name").set_name(std::move(name)); }
  /// A number that no other task of the same loop has; it grows with each task.
  [[nodiscard]] std::uint64_t id() const { return state("asyncio::task::id").id(); }
  /// Where `create_task` was called.
  [[nodiscard]] source_location created_at() const { return state("asyncio::task::created_at").created_at(); }
  /// What the task waits for at present.
  [[nodiscard]] wait_info waits_for() const { return state("asyncio::task::waits_for").waits_for(); }

  /// Waits for the end of the task and throws its exception, if any.
  /// **Cancellation**: cancels the awaited task as well, and waits for its end; `shield` keeps it alive.
  [[nodiscard("co_await it")]] detail::join_any_operation join() const;

  /// Whether the handle names a task.
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

/// A handle of a task that gives a `T`: `asyncio.Task`. Copyable; copies name the same task. The loop keeps a running
/// task alive: dropping every handle detaches it, and an exception nobody took is then reported to the exception handler.
template <class T>
class task : public any_task {
 public:
  using value_type = T;
  task() = default;

  /// `await task`: waits for the end and gives the result. Any number of coroutines may join; each gets a copy, a
  /// move-only result is moved out to the first.
  /// @throws what the task threw (that very exception object), cancelled_error when it was cancelled, invalid_state when
  /// a task joins itself or the result was moved out. Conformance: T8, T9, C6, C7.
  /// **Cancellation**: cancels the joined task as well and waits for its end (C6).
  /// **Checkpoint**: only if the task has not ended. **Threads**: the loop's. **Cost**: no allocation.
  [[nodiscard("co_await t.join() waits for the task")]] detail::join_operation<T> join() const {
    (void)state("asyncio::task::join");
    return detail::join_operation<T>(ref_);
  }
  /// `co_await create_task(f())`: a task given as an rvalue is joined.
  detail::operation_probe_result operator()(detail::operation_probe) &&;
  detail::signature_probe_result<detail::join_operation<T>> operator()(detail::signature_probe) &&;
  detail::operation_probe_result operator()(detail::operation_probe) const&;  // only to say what is wrong with an lvalue
  detail::lvalue_probe_result operator()(detail::signature_probe) const&;

  /// `Task.result()`. @return the value of a finished task.
  /// @throws its exception; cancelled_error when it was cancelled; invalid_state when it is not done. Conformance: T7.
  [[nodiscard]] std::add_lvalue_reference_t<T const> result() const
    requires(!std::is_void_v<T>)
  {
    state("asyncio::task::result").require_done("asyncio::task::result");
    return typed().value();
  }
  void result() const
    requires std::is_void_v<T>
  {
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

/// What `create_task` may be told: `create_task(f(), task_options().name("reader").eager_start(true))`.
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
  static_assert(!std::is_lvalue_reference_v<A>, "asyncio::create_task takes the coroutine over; give it as an rvalue: "
                                                "create_task(f()) or create_task(std::move(aw))");
}

[[noreturn]] void throw_empty_awaitable(char const* who);
/// Name, context and start of a new task.
void configure_and_launch(task_base& t, task_options& options);

inline constexpr char const* by_create_task = "asyncio::create_task";

/// A task that is not launched yet. `who` starts the sentence for an awaitable that is empty.
template <class T>
task<T> make_task(kernel& home, awaitable<T> body, source_location where, char const* who = by_create_task) {
  static_assert(std::is_void_v<T> || alignof(nonvoid_t<T>) <= alignof(std::max_align_t),
                "asyncio: a coroutine cannot return a type that is aligned more strictly than std::max_align_t: Asio's frames "
                "are not; return it in a std::unique_ptr");
  if (!body.valid()) [[unlikely]] throw_empty_awaitable(who);
  return task<T>{task_ref(new task_state<T>(home, std::move(body), where))};
}

template <class T>
task<T> spawn(kernel& home, awaitable<T> body, source_location where, char const* who = by_create_task) {
  home.check_open(who);
  home.check_thread(who);
  task<T> handle = make_task(home, std::move(body), where, who);
  handle.ref().get()->launch(task_base::start_mode::queued);
  return handle;
}

template <class T>
task<T> spawn(kernel& home, awaitable<T> body, task_options options, source_location where, char const* who = by_create_task) {
  home.check_open(who);
  home.check_thread(who);
  task<T> handle = make_task(home, std::move(body), where, who);
  configure_and_launch(*handle.ref().get(), options);
  return handle;
}

// The frame has an F in it: see worker_coroutine.
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
  return spawn(kernel::running("asyncio::create_task_fn"),
               call_and_keep<std::decay_t<F>, std::decay_t<Args>...>(std::forward<F>(fn), std::forward<Args>(args)...),
               where);
}

}  // namespace detail

/// `asyncio.create_task(coro)`: runs a coroutine concurrently. The body never starts inside the call (see eager_start);
/// tasks start in the order of creation. @param aw the coroutine, e.g. `fetch(url)`. @return a handle of the task.
/// @throws no_running_loop outside a loop, invalid_state for an awaitable that is empty or was awaited before.
/// **Threads**: the loop's. **Cost**: one allocation besides the coroutine's own frame. Conformance: T1-T4, T12.
/// **Example**: `auto t = asyncio::create_task(square(4), "four"); int c = co_await t.join();`
template <awaitable_like A>
task<await_result_t<A>> create_task(A&& aw, source_location where = BOOST_CURRENT_LOCATION) {
  detail::require_rvalue<A>();
  return detail::spawn(detail::kernel::running("asyncio::create_task"), detail::to_awaitable(std::move(aw)), where);
}
/// The same with options.
template <awaitable_like A>
task<await_result_t<A>> create_task(A&& aw, task_options options, source_location where = BOOST_CURRENT_LOCATION) {
  detail::require_rvalue<A>();
  return detail::spawn(detail::kernel::running("asyncio::create_task"), detail::to_awaitable(std::move(aw)),
                       std::move(options), where);
}
/// The same with a name: `asyncio.create_task(coro, name=...)`.
template <awaitable_like A>
task<await_result_t<A>> create_task(A&& aw, std::string_view name, source_location where = BOOST_CURRENT_LOCATION) {
  return create_task(std::move(aw), task_options().name(std::string(name)), where);
}
/// A task on a context that the user runs himself with `context.run()`, which does not return while tasks are alive.
template <awaitable_like A>
task<await_result_t<A>> create_task(boost::asio::io_context& context, A&& aw, task_options options = {},
                                    source_location where = BOOST_CURRENT_LOCATION) {
  detail::require_rvalue<A>();
  return detail::spawn(loop::of(context).kernel(), detail::to_awaitable(std::move(aw)), std::move(options), where);
}
/// @cond internal: one sentence instead of a page for the classic mistake
template <class A, class... Rest>
  requires(!awaitable_like<A> && !std::is_same_v<std::remove_cvref_t<A>, boost::asio::io_context>)
auto create_task(A&&, Rest&&...) {
  static_assert(detail::always_false<A>,
                "asyncio::create_task takes a coroutine that was called: create_task(f(x)), not create_task(f); "
                "for a callable with captures or arguments use create_task_fn(f, args...)");
  return task<detail::anything>();
}
template <class A, class... Rest>
  requires(!awaitable_like<A>)
auto create_task(boost::asio::io_context&, A&&, Rest&&...) {
  static_assert(detail::always_false<A>, "asyncio::create_task takes a coroutine that was called: create_task(context, f(x)), "
                                         "not create_task(context, f)");
  return task<detail::anything>();
}
template <awaitable_like A>
auto create_task(A&&, boost::asio::io_context&) {
  static_assert(detail::always_false<A>, "asyncio::create_task takes the io_context first: create_task(context, f())");
  return task<detail::anything>();
}
/// @endcond

/// `asyncio.create_task(fn(*args))` for callables: `fn` and `args` are stored beside the coroutine and outlive it, so a
/// lambda with captures is safe. @param fn a function that returns an awaitable. @param args copied, given as rvalues.
template <class F, ASYNCIO_DETAIL_TYPES>
requires(detail::given<ASYNCIO_DETAIL_NAMES>::template called_by<F>) auto create_task_fn(
    F&& fn, ASYNCIO_DETAIL_PARAMETERS, source_location where = BOOST_CURRENT_LOCATION) {
  detail::refuse_capturing_temporary<F>();
  auto const spawn = [&](auto&&... args) {
    return detail::spawn_call(where, std::forward<F>(fn), std::forward<decltype(args)>(args)...);
  };
  return detail::given<ASYNCIO_DETAIL_NAMES>::pass(spawn, ASYNCIO_DETAIL_FORWARDED);
}

/// @cond internal: longer lists of arguments
template <class F, class... Args>
requires(detail::coroutine_function<F, Args...> &&
         sizeof...(Args) > detail::most_arguments) auto create_task_fn(F&& fn, Args&&... args) {
  detail::refuse_capturing_temporary<F>();
  return detail::spawn_call(detail::unknown_place, std::forward<F>(fn), std::forward<Args>(args)...);
}
/// @endcond
/// @cond internal: one sentence instead of a page for the classic mistake
template <class F, class... Args>
  requires(!detail::coroutine_function<F, Args...> && !awaitable_like<F>)
auto create_task_fn(F&&, Args&&...) {
  detail::require_coroutine_function<F, Args...>();
  return task<detail::anything>();
}
template <awaitable_like F, class... Args>
auto create_task_fn(F&&, Args&&...) {
  static_assert(detail::always_false<F>, "asyncio::create_task_fn takes a function that is not called yet: create_task_fn(f, x); "
                                         "for a coroutine that was called use create_task(f(x))");
  return task<detail::anything>();
}
/// @endcond

/// `asyncio.current_task()`: the task whose coroutine runs now. @return an empty handle in a callback or a coroutine that
/// is not a task. @throws no_running_loop outside a loop. Conformance: T15, T16.
[[nodiscard]] any_task current_task();

/// `asyncio.all_tasks()`: the tasks of the running loop that have not ended, oldest first. **Threads**: the loop's own.
/// Conformance: T18.
[[nodiscard]] std::vector<any_task> all_tasks();
/// The same for any loop, from its thread.
[[nodiscard]] std::vector<any_task> all_tasks(loop& of);

}  // namespace asyncio
