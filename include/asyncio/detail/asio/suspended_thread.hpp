// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Asio's coroutine frames and stacks: starting a stack without co_spawn, and moving coroutines between stacks.
///
/// Why not co_spawn: it wraps each stack in a frame with two work guards and a handler, which costs more memory and
/// time than a task.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>

#include <exception>
#include <new>
#include <utility>

namespace asyncio::detail {

struct thread_signature {};

struct frame_key {};

using asio_thread = boost::asio::detail::awaitable_thread<boost::asio::any_io_executor>;
using entry_frame = boost::asio::detail::awaitable_frame<boost::asio::detail::awaitable_thread_entry_point,
                                                         boost::asio::any_io_executor>;

/// The frame of any coroutine.
using frame_base = boost::asio::detail::awaitable_frame_base<boost::asio::any_io_executor>;
/// The frame of a coroutine that returns a `T`.
template <class T>
using frame_of = boost::asio::detail::awaitable_frame<T, boost::asio::any_io_executor>;

/// Accesses protected members of Asio's frames.
struct frame_access : frame_base {
  /// The coroutine that awaits this one; null at the bottom of the stack.
  static frame_base*& caller(frame_base& frame) noexcept { return frame.*(&frame_access::caller_); }
  /// The exception that its await will throw.
  static std::exception_ptr& pending(frame_base& frame) noexcept { return frame.*(&frame_access::pending_exception_); }
  /// The object that resumes the stack whose innermost coroutine this is; null while suspended.
  static asio_thread* attached(frame_base& frame) noexcept { return frame.*(&frame_access::attached_thread_); }
  /// Not null after the first resumption; used by Asio only while it runs.
  static auto& resumption(frame_base& frame) noexcept { return frame.*(&frame_access::resume_context_); }
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

  /// Takes a stack from the object that resumes it; called by its innermost coroutine, which suspends.
  [[nodiscard]] static awaitable_async_op_handler of(asyncio::detail::frame_base& innermost) {
    return awaitable_async_op_handler(std::move(*innermost.detach_thread()));
  }

  [[nodiscard]] bool valid() const noexcept { return bottom_of_stack_.valid(); }

  /// Destroys the coroutines immediately. The destructor would post this to the executor, which allocates.
  void unwind() noexcept {
    awaitable<awaitable_thread_entry_point, any_io_executor> const unwound(std::move(bottom_of_stack_));
  }

  /// Resumes the innermost coroutine; returns when the stack is suspended again or has ended.
  void operator()() {
    entry_point()->top_of_stack_->attach_thread(this);
    entry_point()->top_of_stack_->clear_cancellation_slot();
    this->pump();
  }

  /// Puts suspended coroutines, from `innermost` down to `outermost`, on top of the entry coroutine, which has none,
  /// and resumes the innermost one.
  void run(asyncio::detail::frame_base& outermost, asyncio::detail::frame_base& innermost) {
    asyncio::detail::entry_frame& bottom = *entry_point();
    asyncio::detail::frame_access::caller(outermost) = &bottom;
    bottom.top_of_stack_ = &innermost;
    innermost.attach_thread(this);
    this->pump();
  }
  /// Removes all coroutines but the entry coroutine from a suspended stack: they continue in another stack.
  static void strip(asyncio::detail::entry_frame& bottom) noexcept { bottom.top_of_stack_ = &bottom; }

  /// The cancellation state in force, even if user code replaced it.
  static cancellation_state& state(asyncio::detail::entry_frame& frame) noexcept { return frame.cancellation_state_; }
  static bool throws_if_cancelled(asyncio::detail::entry_frame& frame) noexcept { return frame.throw_if_cancelled_; }
  static void throw_if_cancelled(asyncio::detail::entry_frame& frame, bool value) noexcept {
    frame.throw_if_cancelled_ = value;
  }
  /// Resets resumed_since() for a stack that is suspended in an operation. @return its innermost coroutine, to pass to
  /// it.
  static asyncio::detail::frame_base* mark_suspended(asyncio::detail::entry_frame& frame) noexcept {
    asyncio::detail::frame_access::resumption(*frame.top_of_stack_) = nullptr;
    return frame.top_of_stack_;
  }
  /// Whether the suspended stack was resumed after that. `marked` may be destroyed.
  static bool resumed_since(asyncio::detail::entry_frame& frame, asyncio::detail::frame_base* marked) noexcept {
    // Another coroutine, even at the same address, was resumed at least once: when it started.
    return frame.top_of_stack_ != marked || asyncio::detail::frame_access::resumption(*marked) != nullptr;
  }
  /// Becomes the owner that resumes the stack, as if its innermost coroutine were running and about to suspend.
  void attach() noexcept { entry_point()->top_of_stack_->attach_thread(this); }
  /// Whether the stack is suspended.
  static bool detached(asyncio::detail::entry_frame& frame) noexcept {
    return asyncio::detail::frame_access::attached(*frame.top_of_stack_) == nullptr;
  }
  /// The innermost coroutine of a stack.
  static asyncio::detail::frame_base* innermost(asyncio::detail::entry_frame& frame) noexcept {
    return frame.top_of_stack_;
  }
  static any_io_executor& executor(asyncio::detail::entry_frame& frame) noexcept { return frame.u_.executor_; }
};

/// Asio lets frames access awaitables; this is not a frame, it only uses that access.
template <>
class awaitable_frame<asyncio::detail::frame_key, any_io_executor> {
 public:
  /// Takes the coroutine out of its awaitable. Null if it was empty.
  template <class T>
  [[nodiscard]] static asyncio::detail::frame_of<T>* release(awaitable<T, any_io_executor>& aw) noexcept {
    return std::exchange(aw.frame_, nullptr);
  }
};

}  // namespace boost::asio::detail

namespace asyncio::detail {

/// Takes the coroutine out of an awaitable, leaving it empty.
template <class T>
[[nodiscard]] frame_of<T>* release_frame(boost::asio::awaitable<T>& aw) noexcept {
  return boost::asio::detail::awaitable_frame<frame_key, boost::asio::any_io_executor>::release(aw);
}

/// A stack that is not started yet: resume it with `launch()`. `reset_cancellation_state` connects to `slot`.
inline asio_thread make_stack(entry_coroutine bottom, boost::asio::any_io_executor const& executor,
                              boost::asio::cancellation_slot slot) {
  return asio_thread(std::move(bottom), executor, slot, boost::asio::cancellation_state());
}

/// Storage for one suspended stack, as small as the stack's handle.
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

 private:
  union {
    suspended_thread stack_;
  };
  bool full_ = false;
};

}  // namespace asyncio::detail
