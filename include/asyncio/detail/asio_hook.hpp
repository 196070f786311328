/// @file
/// The one place that touches Asio's private parts: a completion handler for `co_await operation` that keeps the result
/// in the operation, which lives in the awaiting coroutine's frame, and the start of a coroutine stack without co_spawn.
///
/// Why not co_spawn: it wraps each stack in a frame with two work guards and a handler; that is more memory and time than
/// a task itself costs here.
///
/// Why not the public `void(std::exception_ptr, T)`: on Boost 1.81 `co_await` does not accept it (asio issue 1205), it
/// needs a default-constructible T, and it throws every cancellation through an exception_ptr. The partial
/// specialisation below is selected by a signature type of our own that Asio's own specialisations cannot match. The
/// members it uses are the same from Asio 1.26 (Boost 1.81) on.
#pragma once

#include <asyncio/config.hpp>
#include <asyncio/detail/callable.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>

#include <new>
#include <utility>

namespace asyncio::detail {

/// The completion signature of an operation that is awaited by `co_await`.
template <class Op>
struct await_signature {};

struct thread_signature {};

/// ... of an operation that is an lvalue, which is a mistake.
struct lvalue_signature {};

using asio_thread = boost::asio::detail::awaitable_thread<boost::asio::any_io_executor>;
using entry_frame =
    boost::asio::detail::awaitable_frame<boost::asio::detail::awaitable_thread_entry_point, boost::asio::any_io_executor>;

/// Any coroutine's frame.
using frame_base = boost::asio::detail::awaitable_frame_base<boost::asio::any_io_executor>;

/// Reaches what Asio keeps protected in a frame.
struct frame_access : frame_base {
  /// The coroutine that awaits this one; null at the bottom of the stack.
  static frame_base* caller(frame_base& frame) noexcept { return frame.*(&frame_access::caller_); }
  /// What its await will throw.
  static std::exception_ptr& pending(frame_base& frame) noexcept { return frame.*(&frame_access::pending_exception_); }
};

/// The coroutine at the bottom of a stack.
using entry_coroutine = boost::asio::awaitable<boost::asio::detail::awaitable_thread_entry_point>;

/// A suspended stack of coroutines, ready to be resumed. Movable; destroying it unwinds the stack.
using suspended_thread =
    boost::asio::detail::awaitable_async_op_handler<thread_signature, boost::asio::any_io_executor>;

}  // namespace asyncio::detail

namespace boost::asio::detail {

template <>
class awaitable_async_op_handler<asyncio::detail::thread_signature, any_io_executor>
    : public awaitable_thread<any_io_executor> {
 public:
  explicit awaitable_async_op_handler(awaitable_thread<any_io_executor>&& stack)
      : awaitable_thread<any_io_executor>(std::move(stack)) {}

  [[nodiscard]] bool valid() const noexcept { return bottom_of_stack_.valid(); }

  /// Destroys the coroutines here and now. The destructor would post that to the executor, which allocates.
  void unwind() noexcept { awaitable<awaitable_thread_entry_point, any_io_executor> const unwound(std::move(bottom_of_stack_)); }

  /// Resumes the innermost coroutine; returns when the stack is suspended again or has ended.
  void operator()() {
    entry_point()->top_of_stack_->attach_thread(this);
    entry_point()->top_of_stack_->clear_cancellation_slot();
    this->pump();
  }

  /// The cancellation state that is in force now, also when user code replaced it.
  static cancellation_state& state(asyncio::detail::entry_frame& frame) noexcept { return frame.cancellation_state_; }
  static void throw_if_cancelled(asyncio::detail::entry_frame& frame, bool value) noexcept {
    frame.throw_if_cancelled_ = value;
  }
  /// Asio sets it when the stack is suspended in an operation; nothing but co_spawn ever looks at it.
  static bool& context_switched(asyncio::detail::entry_frame& frame) noexcept { return frame.has_context_switched_; }
  /// The innermost coroutine of a stack.
  static asyncio::detail::frame_base* innermost(asyncio::detail::entry_frame& frame) noexcept { return frame.top_of_stack_; }
  /// The same, only to be looked at.
  static void const* top(asyncio::detail::entry_frame const& frame) noexcept { return frame.top_of_stack_; }
  static any_io_executor& executor(asyncio::detail::entry_frame& frame) noexcept { return frame.u_.executor_; }
  /// Replaces the state as `this_coro::reset_cancellation_state(filter, filter)` does.
  template <class Filter>
  static void reset_state(asyncio::detail::entry_frame& frame) {
    frame.cancellation_state_ = cancellation_state(frame.parent_cancellation_slot_, Filter(), Filter());
  }
};

template <class Op>
class awaitable_async_op_handler<asyncio::detail::await_signature<Op>, any_io_executor>
    : public awaitable_thread<any_io_executor> {
 public:
  using result_type = Op*;

  awaitable_async_op_handler(awaitable_thread<any_io_executor>* stack, result_type& result)
      : awaitable_thread<any_io_executor>(std::move(*stack)), result_(&result) {}

  /// Gives the suspended coroutine to `op` and starts it. Nothing of this handler may be used afterwards.
  void start(Op& op) {
    *result_ = &op;
    op.begin(asyncio::detail::suspended_thread(std::move(*this)));
  }

  static auto resume(result_type& result) { return result->finish(); }

 private:
  result_type* result_;
};

/// What Asio would wrap an lvalue in; there is nothing to move the operation from.
template <class Op>
class awaitable_async_op<asyncio::detail::lvalue_signature, Op, any_io_executor> {
 public:
  static_assert(asyncio::detail::always_false<Op>,
                "asyncio: co_await takes an rvalue: a task that has a name is awaited by co_await t.join(), an operation "
                "by co_await std::move(op)");
  awaitable_async_op(Op const&, awaitable_frame_base<any_io_executor>*) noexcept;
  [[nodiscard]] bool await_ready() const noexcept;
  void await_suspend(detail::coroutine_handle<void>) const noexcept;
  typename Op::value_type await_resume() const;
};

}  // namespace boost::asio::detail

namespace asyncio::detail {

/// A stack that is not started yet: resume it with `launch()`. `slot` is where its cancellation comes from.
inline asio_thread make_stack(entry_coroutine bottom, boost::asio::any_io_executor const& executor,
                              boost::asio::cancellation_slot slot) {
  return asio_thread(std::move(bottom), executor, slot, boost::asio::cancellation_state());
}

/// Room for one suspended stack, as small as the stack's own handle.
class stack_slot {
 public:
  stack_slot() noexcept {}
  stack_slot(stack_slot const&) = delete;
  stack_slot& operator=(stack_slot const&) = delete;
  ~stack_slot() {
    if (full_) stack_.~suspended_thread();
  }
  void put(suspended_thread stack) noexcept {
    new (&stack_) suspended_thread(std::move(stack));
    full_ = true;
  }
  [[nodiscard]] suspended_thread take() noexcept {
    full_ = false;
    suspended_thread taken(std::move(stack_));
    stack_.~suspended_thread();
    return taken;
  }
  [[nodiscard]] bool empty() const noexcept { return !full_; }
  [[nodiscard]] suspended_thread& operator*() noexcept { return stack_; }

 private:
  union {
    suspended_thread stack_;
  };
  bool full_ = false;
};

/// The handler `co_await op` gives to an operation.
template <class Op>
using await_handler =
    boost::asio::detail::awaitable_async_op_handler<await_signature<Op>, boost::asio::any_io_executor>;

/// Asio asks an operation for its signature with these two types before it lets a coroutine await it.
using operation_probe = boost::asio::detail::async_operation_probe;
using operation_probe_result = boost::asio::detail::async_operation_probe_result;
using signature_probe = boost::asio::detail::completion_signature_probe;
template <class Op>
using signature_probe_result = boost::asio::detail::completion_signature_probe_result<await_signature<Op>>;
using lvalue_probe_result = boost::asio::detail::completion_signature_probe_result<lvalue_signature>;

}  // namespace asyncio::detail
