// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Structured concurrency: `asyncio.TaskGroup`.
#pragma once

#include <asyncio/detail/gather/group_state.hpp>
#include <asyncio/detail/task/way_home.hpp>
#include <asyncio/exception_group.hpp>
#include <asyncio/task.hpp>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asyncio {

template <class V = void>
class task_status;

namespace detail {

template <class V>
class start_values final : public start_state {
 public:
  using start_state::start_state;
  std::optional<nonvoid_t<V>> value;
};

template <class V, class F, class... Args>
awaitable<V> run_start(std::shared_ptr<group_state> group, source_location where, F fn, Args... args) {
  group->require_open("asyncio::task_group::start");
  auto const state = std::make_shared<start_values<V>>(group);
  auto body = call_and_keep<F, task_status<V>, Args...>(std::move(fn), task_status<V>(state), std::move(args)...);
  auto const child = make_task(group->home(), std::move(body), where);
  state->launch(*child.ref().get());
  co_await state->wait();
  if constexpr (!std::is_void_v<V>) co_return std::move(*state->value);
}

}  // namespace detail

/// Passed by `task_group::start` to the function it starts: Trio's `task_status`. Copies refer to the same start.
/// **Threads**: the loop's.
template <class V>
class task_status {
 public:
  /// `task_status.started(value)`: reports that the task has started; its starter resumes with `value`. From then on it
  /// is an ordinary task of the group. No effect if the starter was cancelled meanwhile: then so is the task.
  /// @throws invalid_state if it was already called, or the task has ended. Conformance: XN1, XN2.
  void started(detail::nonvoid_t<V> value) requires(!std::is_void_v<V>) {
    state_->require_pending();
    state_->value.emplace(std::move(value));
    state_->take_over();
  }
  void started() requires std::is_void_v<V> {
    state_->require_pending();
    state_->take_over();
  }

  /// @cond internal
  explicit task_status(std::shared_ptr<detail::start_values<V>> state) noexcept : state_(std::move(state)) {}
  /// @endcond

 private:
  std::shared_ptr<detail::start_values<V>> state_;
};

/// `asyncio.TaskGroup`: the argument of the body of `with_task_group`. Its tasks end before that call returns; the
/// first one that fails cancels the others and the body. Copies refer to the same group; a copy may outlive the call,
/// the reference passed to the body may not. **Threads**: the loop's; any of its tasks may call the members.
class task_group {
 public:
  task_group(task_group const&) noexcept = default;
  task_group& operator=(task_group const&) noexcept = default;

  /// `group.create_task(coro)`: creates a task in the group. What it refers to must outlive the `with_task_group` call,
  /// not only the body.
  /// @param aw the coroutine or operation. @param options name, context, eager start. @return a handle of the task.
  /// @throws invalid_state when the group is finished, shutting down or belongs to another loop; `aw` is then
  /// destroyed.
  /// **Cost**: as for `asyncio::create_task`. Conformance: TG1, TG14-TG17.
  template <awaitable_like A>
  task<await_result_t<A>> create_task(A&& aw, task_options options = {},
                                      source_location where = BOOST_CURRENT_LOCATION) {
    detail::require_taken_over<A>();
    auto body = detail::to_awaitable(std::move(aw));
    state_->require_open("asyncio::task_group::create_task");
    auto t = detail::make_task(state_->home(), std::move(body), where, "asyncio::task_group::create_task");
    state_->launch(*t.ref().get(), *state_, options);
    return t;
  }
  /// The same with a name.
  template <awaitable_like A>
  task<await_result_t<A>> create_task(A&& aw, std::string_view name, source_location where = BOOST_CURRENT_LOCATION) {
    return create_task(std::move(aw), task_options().name(std::string(name)), where);
  }
  /// The same for callables: `fn` and `args` are stored with the coroutine.
  template <class F, ASYNCIO_DETAIL_TYPES>
  requires(detail::given<ASYNCIO_DETAIL_NAMES>::template called_by<F>) auto create_task_fn(
      F&& fn, ASYNCIO_DETAIL_PARAMETERS, source_location where = BOOST_CURRENT_LOCATION) {
    detail::refuse_capturing_temporary<F>();
    auto const call = [&](auto&&... args) {
      return spawn_call(where, std::forward<F>(fn), std::forward<decltype(args)>(args)...);
    };
    return detail::given<ASYNCIO_DETAIL_NAMES>::pass(call, ASYNCIO_DETAIL_FORWARDED);
  }

  /// Trio's `await nursery.start(fn, *args)`: runs `fn(status, args...)` as a task and waits until it calls
  /// `status.started(value)`, e.g. when a server is listening; the task continues in the group.
  /// @param fn a coroutine function whose first parameter is a `task_status<V>`. @return the value.
  /// @throws what the task throws before `started`: this does not affect the group; invalid_state if the task ends
  /// without calling it, or as for create_task.
  /// **Cancellation**: cancels a task that has not called `started` yet, and waits for its end. **Checkpoint**: always.
  /// **Threads**: the loop's. **Cost**: two allocations besides those of create_task.
  /// **Example**: `int port = co_await group.start<int>(serve, "localhost");` Conformance: XN1-XN3.
  template <class V = void, class F, ASYNCIO_DETAIL_TYPES>
  requires(detail::given<task_status<V>, ASYNCIO_DETAIL_NAMES>::template called_by<F>)
      [[nodiscard("co_await it")]] awaitable<V> start(F&& fn, ASYNCIO_DETAIL_PARAMETERS,
                                                      source_location where = BOOST_CURRENT_LOCATION) {
    detail::refuse_capturing_temporary<F>();
    auto const call = [&](auto&&... args) {
      return start_call<V>(where, std::forward<F>(fn), std::forward<decltype(args)>(args)...);
    };
    return detail::given<ASYNCIO_DETAIL_NAMES>::pass(call, ASYNCIO_DETAIL_FORWARDED);
  }

  /// @cond internal: longer argument lists
  template <class F, class... Args>
  requires(detail::coroutine_function<F, Args...> &&
           sizeof...(Args) > detail::most_arguments) auto create_task_fn(F&& fn, Args&&... args) {
    detail::refuse_capturing_temporary<F>();
    return spawn_call(detail::unknown_place, std::forward<F>(fn), std::forward<Args>(args)...);
  }
  template <class V = void, class F, class... Args>
  requires(detail::coroutine_function<F, task_status<V>, Args...> && sizeof...(Args) > detail::most_arguments)
      [[nodiscard("co_await it")]] awaitable<V> start(F&& fn, Args&&... args) {
    detail::refuse_capturing_temporary<F>();
    return start_call<V>(detail::unknown_place, std::forward<F>(fn), std::forward<Args>(args)...);
  }
  /// @endcond
  /// @cond internal: a short compile error for the classic mistakes
  template <class A, class... Rest>
  requires(!awaitable_like<A>) auto create_task(A&&, Rest&&...) {
    static_assert(
        detail::always_false<A>,
        "asyncio::task_group::create_task takes a coroutine that was called: create_task(f(x)), not create_task(f); "
        "for a callable with captures or arguments use create_task_fn(f, args...)");
    return task<detail::anything>();
  }
  template <class F, class... Args>
  requires(!detail::coroutine_function<F, Args...>) auto create_task_fn(F&&, Args&&...) {
    detail::require_coroutine_function<F, Args...>();
    return task<detail::anything>();
  }
  template <class V = void, class F, class... Args>
  requires(!detail::coroutine_function<F, task_status<V>, Args...>) auto start(F&&, Args&&...) {
    static_assert(
        detail::always_false<F>,
        "asyncio::task_group::start takes a coroutine function that is not called yet, whose first parameter is a "
        "task_status<V>, and the arguments after that: co_await group.start<V>(fn, args...)");
    return detail::mistake();
  }
  /// @endcond

  /// `group.cancel()` of Python 3.15, `nursery.cancel_scope.cancel()`: cancels all tasks and the body. The call ends
  /// without an error, unless something fails meanwhile. No effect if repeated or after the end. Conformance: TG24,
  /// TG25, XN5.
  void cancel() { state_->cancel(); }

  /// Trio's `nursery.child_tasks`: the tasks that have not ended, oldest first. Conformance: XN8.
  [[nodiscard]] std::vector<any_task> tasks() const { return state_->tasks(); }

  /// @cond internal
  explicit task_group(std::shared_ptr<detail::group_state> state) noexcept : state_(std::move(state)) {}
  [[nodiscard]] detail::group_state& state() const noexcept { return *state_; }
  /// @endcond

 private:
  template <class F, class... Args>
  auto spawn_call(source_location where, F&& fn, Args&&... args) {
    return create_task(
        detail::call_and_keep<std::decay_t<F>, std::decay_t<Args>...>(std::forward<F>(fn), std::forward<Args>(args)...),
        task_options(), where);
  }
  template <class V, class F, class... Args>
  awaitable<V> start_call(source_location where, F&& fn, Args&&... args) {
    return detail::run_start<V, std::decay_t<F>, std::decay_t<Args>...>(state_, where, std::forward<F>(fn),
                                                                        std::forward<Args>(args)...);
  }

  std::shared_ptr<detail::group_state> state_;
};

namespace detail {

/// The scope of a group.
class group_scope {
 public:
  explicit group_scope(task_base& parent) : group(std::make_shared<group_state>(parent)) {}
  group_scope(group_scope const&) = delete;
  group_scope& operator=(group_scope const&) = delete;
  ~group_scope() { group.state().leave(); }

  task_group group;
};

template <class R, class F, class... Args>
awaitable<R> run_task_group(source_location where, F fn, Args... args) {
  boost::asio::cancellation_state const stack = co_await boost::asio::this_coro::cancellation_state;
  task_base* const parent = task_of_stack(stack);
  if (parent == nullptr) {
    task_loop& home = *co_await loop_of_coroutine();
    if (task_of_stack(stack) != nullptr)
      co_return co_await run_task_group<R, F, Args...>(where, std::move(fn), std::move(args)...);
    task<R> const body = spawn(home, run_task_group<R, F, Args...>(where, std::move(fn), std::move(args)...), where);
    co_return co_await body.join();
  }
  group_scope scope(*parent);
  group_state& state = scope.group.state();
  std::optional<nonvoid_t<R>> value;
  std::exception_ptr failure;
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<F&, task_group&, Args...>>) {
      std::invoke(fn, scope.group, std::move(args)...);
    } else {
      auto body = to_awaitable(std::invoke(fn, scope.group, std::move(args)...));
      if (!body.valid()) throw_empty_awaitable("asyncio::with_task_group");
      if constexpr (std::is_void_v<R>) {
        co_await std::move(body);
      } else {
        R result = co_await std::move(body);
        value.emplace(std::move(result));
      }
    }
  } catch (...) {
    failure = std::current_exception();
  }
  if (!parent->home()->in_thread()) [[unlikely]]
    co_await come_home();  // the body has ended in another thread
  if (failure) state.body_failed(std::move(failure));
  state.body_ended();
  while (state.has_children()) {
    try {
      co_await state.wait();
    } catch (cancelled_error const&) {
      state.wait_cancelled(std::current_exception());
    }
  }
  state.finish();
  if constexpr (!std::is_void_v<R>) {
    if (!value) throw_no_value();
    co_return std::move(*value);
  }
}

template <class F, class... Args>
auto call_with_task_group(source_location where, F&& fn, Args&&... args) {
  using called = std::invoke_result_t<std::decay_t<F>&, task_group&, std::decay_t<Args>...>;
  using result = typename std::conditional_t<std::is_void_v<called>, std::type_identity<void>,
                                             await_result<std::remove_cvref_t<called>>>::type;
  return run_task_group<result, std::decay_t<F>, std::decay_t<Args>...>(where, std::forward<F>(fn),
                                                                        std::forward<Args>(args)...);
}

}  // namespace detail

/// `async with asyncio.TaskGroup() as group: ...`: runs `fn(group, args...)`, then waits for every task of the group.
/// The first task that fails cancels the others and the body; when all have ended the failures are thrown together.
///
/// The body runs in the calling task, as part of it; outside any task it becomes one. A body that awaits nothing need not
/// be a coroutine: `with_task_group([&](auto& g) { g.create_task(f(x)); })`.
///
/// What lives how long: the local variables and parameters of the body end when it returns, while the tasks continue;
/// `fn`, with its captures, lives until they have ended, and so does whatever belongs to the caller of
/// `with_task_group`. Tasks may refer to the latter two.
/// @param fn a function `fn(task_group&, args...)`, plain or a coroutine. @param args stored with the coroutine, and
/// passed as rvalues.
/// @return what the body returns.
/// @throws exception_group with the failures in order of occurrence, the body's last; keyboard_interrupt unwrapped;
/// cancelled_error if the caller was cancelled, or if `group.cancel()` ended a body that returns a value.
/// **Cancellation**: cancels the body, or every task if the body has ended, and waits for all. Errors raised meanwhile
/// replace the cancellation, which is then thrown at the next await. Cancelling a single task is not an error.
/// **Checkpoint**: those of the body; then only if tasks are left. **Threads**: the loop's.
/// **Cost**: two allocations. **Example**: `co_await asyncio::with_task_group(fetch_all, urls);`
/// Conformance: TG1-TG25, XN4.
template <class F, ASYNCIO_DETAIL_TYPES>
requires(detail::given<ASYNCIO_DETAIL_NAMES>::template body_after<task_group, F>)
    [[nodiscard("co_await it")]] auto with_task_group(F&& fn, ASYNCIO_DETAIL_PARAMETERS,
                                                      source_location where = BOOST_CURRENT_LOCATION) {
  detail::refuse_capturing_temporary<F>();
  auto const call = [&](auto&&... args) {
    return detail::call_with_task_group(where, std::forward<F>(fn), std::forward<decltype(args)>(args)...);
  };
  return detail::given<ASYNCIO_DETAIL_NAMES>::pass(call, ASYNCIO_DETAIL_FORWARDED);
}
/// @cond internal: longer argument lists
template <class F, class... Args>
requires(detail::body_of<task_group, F, Args...> && sizeof...(Args) > detail::most_arguments)
    [[nodiscard("co_await it")]] auto with_task_group(F&& fn, Args&&... args) {
  detail::refuse_capturing_temporary<F>();
  return detail::call_with_task_group(detail::unknown_place, std::forward<F>(fn), std::forward<Args>(args)...);
}
/// @endcond
/// @cond internal: a short compile error for the classic mistakes
template <class F, class... Args>
requires(!detail::body_of<task_group, F, Args...>) auto with_task_group(F&&, Args&&...) {
  detail::require_coroutine_function_of<task_group, F, Args...>();
  return detail::mistake();
}
/// @endcond

}  // namespace asyncio
