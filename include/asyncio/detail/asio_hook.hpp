/// @file
/// The one place that touches Asio's private parts: what `co_await operation` does, the start of a coroutine stack without
/// co_spawn, and stacks whose upper part changes hands.
///
/// Why not co_spawn: it wraps each stack in a frame with two work guards and a handler; that is more memory and time than
/// a task itself costs here.
///
/// Why not the public `void(std::exception_ptr, T)`: on Boost 1.81 `co_await` does not accept it (asio issue 1205), it
/// needs a default-constructible T, it suspends even if there is nothing to wait for, and it throws every cancellation
/// through an exception_ptr. The partial specialisation below is selected by a signature type of our own that Asio's own
/// specialisations cannot match. The members it uses are the same from Asio 1.26 (Boost 1.81) to 1.36 (1.89).
#pragma once

#include <asyncio/config.hpp>
#include <asyncio/detail/callable.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>

#include <cstddef>
#include <cstring>
#include <new>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace asyncio::detail {

/// The completion signature of an operation that is awaited by `co_await`: `Op` has `bool begin(frame_base&)`, which
/// tells whether the coroutine has to wait, and `finish()`, which gives the result. It may have `bool ready()`: when that
/// returns true nothing else is asked; then it also has what a wait_node has for that.
template <class Op>
struct await_signature {};

struct thread_signature {};

/// ... of an operation that is an lvalue, which is a mistake.
struct lvalue_signature {};

/// ... of a coroutine function that was not called, and of a number or pointer, which are mistakes, too. Asio up to Boost 1.81
/// takes them for a bool, the argument of `this_coro::throw_if_cancelled`.
struct uncalled_signature {};
struct value_signature {};

template <class F>
inline constexpr bool gives_awaitable = false;
template <class T, class Executor, class... Args>
inline constexpr bool gives_awaitable<boost::asio::awaitable<T, Executor>(Args...)> = true;
template <class T, class Executor, class... Args>
inline constexpr bool gives_awaitable<boost::asio::awaitable<T, Executor>(Args...) noexcept> = true;

/// Functions, pointers to them, numbers and other pointers.
template <class Op>
concept never_awaitable = std::is_scalar_v<std::decay_t<Op>> && !std::is_member_pointer_v<std::decay_t<Op>>;

template <class Op>
using mistaken_signature =
    std::conditional_t<gives_awaitable<std::remove_pointer_t<std::decay_t<Op>>>, uncalled_signature, value_signature>;

struct frame_key {};

using asio_thread = boost::asio::detail::awaitable_thread<boost::asio::any_io_executor>;
using entry_frame =
    boost::asio::detail::awaitable_frame<boost::asio::detail::awaitable_thread_entry_point, boost::asio::any_io_executor>;

/// Any coroutine's frame.
using frame_base = boost::asio::detail::awaitable_frame_base<boost::asio::any_io_executor>;
/// That of a coroutine that gives a `T`.
template <class T>
using frame_of = boost::asio::detail::awaitable_frame<T, boost::asio::any_io_executor>;

/// Reaches what Asio keeps protected in a frame.
struct frame_access : frame_base {
  /// The coroutine that awaits this one; null at the bottom of the stack.
  static frame_base*& caller(frame_base& frame) noexcept { return frame.*(&frame_access::caller_); }
  /// What its await will throw.
  static std::exception_ptr& pending(frame_base& frame) noexcept { return frame.*(&frame_access::pending_exception_); }
  /// Who resumes the stack that it is the innermost coroutine of; null while it is suspended.
  static asio_thread* attached(frame_base& frame) noexcept { return frame.*(&frame_access::attached_thread_); }
  /// Not null from the first time on that it is resumed; of use to Asio only while it runs.
  static auto& resumption(frame_base& frame) noexcept { return frame.*(&frame_access::resume_context_); }
};

/// The coroutine at the bottom of a stack.
using entry_coroutine = boost::asio::awaitable<boost::asio::detail::awaitable_thread_entry_point>;

/// A suspended stack of coroutines, ready to be resumed. Movable; destroying it unwinds the stack.
using suspended_thread =
    boost::asio::detail::awaitable_async_op_handler<thread_signature, boost::asio::any_io_executor>;

}  // namespace asyncio::detail

namespace boost::asio {

template <asyncio::detail::never_awaitable Op>
struct is_async_operation<Op> : std::true_type {};
template <asyncio::detail::never_awaitable Op>
struct completion_signature_of<Op> {
  using type = asyncio::detail::mistaken_signature<Op>;
};

}  // namespace boost::asio

namespace boost::asio::detail {

template <>
class awaitable_async_op_handler<asyncio::detail::thread_signature, any_io_executor>
    : public awaitable_thread<any_io_executor> {
 public:
  explicit awaitable_async_op_handler(awaitable_thread<any_io_executor>&& stack)
      : awaitable_thread<any_io_executor>(std::move(stack)) {}

  /// Takes a stack out of whoever resumes it; called by its innermost coroutine, which suspends.
  [[nodiscard]] static awaitable_async_op_handler of(asyncio::detail::frame_base& innermost) {
    return awaitable_async_op_handler(std::move(*innermost.detach_thread()));
  }

  [[nodiscard]] bool valid() const noexcept { return bottom_of_stack_.valid(); }

  /// Destroys the coroutines here and now. The destructor would post that to the executor, which asks for memory.
  void unwind() noexcept { awaitable<awaitable_thread_entry_point, any_io_executor> const unwound(std::move(bottom_of_stack_)); }

  /// Resumes the innermost coroutine; returns when the stack is suspended again or has ended.
  void operator()() {
    entry_point()->top_of_stack_->attach_thread(this);
    entry_point()->top_of_stack_->clear_cancellation_slot();
    this->pump();
  }

  /// Puts suspended coroutines, from `innermost` down to `outermost`, on the entry coroutine, which is alone, and resumes
  /// the innermost one.
  void run(asyncio::detail::frame_base& outermost, asyncio::detail::frame_base& innermost) {
    asyncio::detail::entry_frame& bottom = *entry_point();
    asyncio::detail::frame_access::caller(outermost) = &bottom;
    bottom.top_of_stack_ = &innermost;
    innermost.attach_thread(this);
    this->pump();
  }
  /// Leaves the entry coroutine of a suspended stack alone: the others go on in another stack.
  static void strip(asyncio::detail::entry_frame& bottom) noexcept { bottom.top_of_stack_ = &bottom; }

  /// The cancellation state that is in force now, also when user code replaced it.
  static cancellation_state& state(asyncio::detail::entry_frame& frame) noexcept { return frame.cancellation_state_; }
  static bool throws_if_cancelled(asyncio::detail::entry_frame& frame) noexcept { return frame.throw_if_cancelled_; }
  static void throw_if_cancelled(asyncio::detail::entry_frame& frame, bool value) noexcept {
    frame.throw_if_cancelled_ = value;
  }
  /// Makes resumed_since() false for a stack that is suspended in an operation. @return its innermost coroutine, for that.
  static asyncio::detail::frame_base* mark_suspended(asyncio::detail::entry_frame& frame) noexcept {
    asyncio::detail::frame_access::resumption(*frame.top_of_stack_) = nullptr;
    return frame.top_of_stack_;
  }
  /// Whether the stack, which is suspended, was resumed after that. `marked` may be gone.
  static bool resumed_since(asyncio::detail::entry_frame& frame, asyncio::detail::frame_base* marked) noexcept {
    // Another coroutine, be it at the same address, was resumed at least once: when it began.
    return frame.top_of_stack_ != marked || asyncio::detail::frame_access::resumption(*marked) != nullptr;
  }
  /// Becomes the one that resumes the stack, as if its innermost coroutine were running and about to suspend.
  void attach() noexcept { entry_point()->top_of_stack_->attach_thread(this); }
  /// Whether the stack is suspended.
  static bool detached(asyncio::detail::entry_frame& frame) noexcept {
    return asyncio::detail::frame_access::attached(*frame.top_of_stack_) == nullptr;
  }
  /// The innermost coroutine of a stack.
  static asyncio::detail::frame_base* innermost(asyncio::detail::entry_frame& frame) noexcept { return frame.top_of_stack_; }
  static any_io_executor& executor(asyncio::detail::entry_frame& frame) noexcept { return frame.u_.executor_; }
};

/// Asio lets frames look into awaitables; this one is none, it only looks.
template <>
class awaitable_frame<asyncio::detail::frame_key, any_io_executor> {
 public:
  /// Takes the coroutine out of its awaitable. Null when there was none in it.
  template <class T>
  [[nodiscard]] static asyncio::detail::frame_of<T>* release(awaitable<T, any_io_executor>& aw) noexcept {
    return std::exchange(aw.frame_, nullptr);
  }
};

/// `co_await source`, where `source` is the operation itself or what it is made from.
template <class Op, class Source>
class awaitable_async_op<asyncio::detail::await_signature<Op>, Source, any_io_executor> {
 public:
  template <class... Location>  // newer versions of Asio pass one when they track handlers
  awaitable_async_op(Source&& source, awaitable_frame_base<any_io_executor>*, Location const&...)
      : op_(operation_in(source)) {}

  [[nodiscard]] bool await_ready() noexcept {
    if constexpr (requires(Op& op) { op.ready(); }) {
      return Op::in_step() && op_.ready();
    } else {
      return false;
    }
  }
  template <class T>
  [[nodiscard]] bool await_suspend(coroutine_handle<awaitable_frame<T, any_io_executor>> awaiting) noexcept {
    if constexpr (requires(Op& op) { op.ready(); }) {
      return op_.begin(awaiting.promise(), &Op::template ready_of<Op>);
    } else {
      return op_.begin(awaiting.promise());
    }
  }
  decltype(auto) await_resume() { return op_.finish(); }

 private:
  static decltype(auto) operation_in(Source& source) noexcept {
    if constexpr (std::is_same_v<Op, Source>) {
      return (source);
    } else {
      return std::move(source);
    }
  }
  // The operation is a temporary of the same full-expression, so a reference will do.
  std::conditional_t<std::is_same_v<Op, Source>, Op&, Op> op_;
};

/// What Asio would wrap an lvalue in; there is nothing to move the operation from.
template <class Op>
class awaitable_async_op<asyncio::detail::lvalue_signature, Op, any_io_executor> {
 public:
  static_assert(asyncio::detail::always_false<Op>,
                "asyncio: co_await takes an rvalue: a task that has a name is awaited by co_await t.join(), a future by "
                "co_await f.wait(), an operation by co_await std::move(op)");
  awaitable_async_op(Op const&, awaitable_frame_base<any_io_executor>*) noexcept;
  [[nodiscard]] bool await_ready() const noexcept;
  void await_suspend(detail::coroutine_handle<void>) const noexcept;
  typename Op::value_type await_resume() const;
};

/// The same for what can never be awaited.
template <class Op>
class awaitable_async_op<asyncio::detail::uncalled_signature, Op, any_io_executor> {
 public:
  static_assert(asyncio::detail::always_false<Op>, "asyncio: co_await takes a coroutine that was called: co_await f(x), not co_await f");
  awaitable_async_op(Op, awaitable_frame_base<any_io_executor>*) noexcept;
  [[nodiscard]] bool await_ready() const noexcept;
  void await_suspend(detail::coroutine_handle<void>) const noexcept;
  asyncio::detail::anything await_resume() const;
};
template <class Op>
class awaitable_async_op<asyncio::detail::value_signature, Op, any_io_executor> {
 public:
  static_assert(asyncio::detail::always_false<Op>,
                "asyncio: co_await takes a coroutine that was called, or an operation; a number or a pointer is neither");
  awaitable_async_op(Op, awaitable_frame_base<any_io_executor>*) noexcept;
  [[nodiscard]] bool await_ready() const noexcept;
  void await_suspend(detail::coroutine_handle<void>) const noexcept;
  asyncio::detail::anything await_resume() const;
};

}  // namespace boost::asio::detail

namespace asyncio::detail {

/// Takes the coroutine out of an awaitable, which is empty then.
template <class T>
[[nodiscard]] frame_of<T>* release_frame(boost::asio::awaitable<T>& aw) noexcept {
  return boost::asio::detail::awaitable_frame<frame_key, boost::asio::any_io_executor>::release(aw);
}

/// A stack that is not started yet: resume it with `launch()`. `slot` is where `reset_cancellation_state` connects to.
inline asio_thread make_stack(entry_coroutine bottom, boost::asio::any_io_executor const& executor,
                              boost::asio::cancellation_slot slot) {
  return asio_thread(std::move(bottom), executor, slot, boost::asio::cancellation_state());
}

/// A cancellation state that lives in here, not in a block of its own, and lets every cancellation type pass.
///
/// Asio makes the inside of a cancellation_state in whatever it is told is a slot: here that is a place in this object.
class cancellation_cell {
 public:
  cancellation_cell() { (void)visit<action::create>(boost::asio::cancellation_type::none); }
  cancellation_cell(cancellation_cell const&) = delete;
  cancellation_cell& operator=(cancellation_cell const&) = delete;
  ~cancellation_cell() { (void)visit<action::destroy>(boost::asio::cancellation_type::none); }

  /// Makes it a new one.
  void reset() {
    (void)visit<action::destroy>(boost::asio::cancellation_type::none);
    (void)visit<action::create>(boost::asio::cancellation_type::none);
  }

  /// A handle of the state, as Asio's coroutines have one.
  [[nodiscard]] boost::asio::cancellation_state state() noexcept {
    return visit<action::find>(boost::asio::cancellation_type::none);
  }
  void emit(boost::asio::cancellation_type type) { (void)visit<action::emit>(type); }

 private:
  struct pass_all {
    boost::asio::cancellation_type_t operator()(boost::asio::cancellation_type_t type) const noexcept { return type; }
  };
  enum class action { create, find, emit, destroy };

  template <action What>
  struct place {
    void* room;
    boost::asio::cancellation_type_t type;
    [[nodiscard]] bool is_connected() const noexcept { return true; }
    template <class State, class... Filter>
    State& emplace(Filter&&... filter) {
      static_assert(sizeof(State) <= size && alignof(State) <= alignof(void*));
      if constexpr (What == action::create) return *new (room) State(std::forward<Filter>(filter)...);
      auto* const state = std::launder(static_cast<State*>(room));
      if constexpr (What == action::emit) (*state)(type);
      if constexpr (What == action::destroy) state->~State();
      return *state;
    }
  };
  template <action What>
  boost::asio::cancellation_state visit(boost::asio::cancellation_type_t type) {
    return boost::asio::cancellation_state(place<What>{room_, type}, pass_all(), pass_all());
  }

  static constexpr std::size_t size = 16;
  alignas(void*) std::byte room_[size];
};

using slot_handler_base = boost::asio::detail::cancellation_handler_base;

/// Where a cancellation slot keeps its handler.
inline slot_handler_base** handler_place(boost::asio::cancellation_slot slot) noexcept {
  static_assert(sizeof slot == sizeof(slot_handler_base**));
  slot_handler_base** place = nullptr;
  std::memcpy(static_cast<void*>(&place), static_cast<void const*>(&slot), sizeof place);
  return place;
}

/// As long as it lives the slot's handler is not called: a cancel is noted by the state before it and goes no further.
class slot_silence {
 public:
  explicit slot_silence(boost::asio::cancellation_slot slot) noexcept : place_(handler_place(slot)) {
    if (place_ != nullptr) handler_ = std::exchange(*place_, nullptr);
  }
  slot_silence(slot_silence const&) = delete;
  slot_silence& operator=(slot_silence const&) = delete;
  ~slot_silence() {
    if (place_ != nullptr) *place_ = handler_;
  }

 private:
  slot_handler_base** place_;
  slot_handler_base* handler_ = nullptr;
};

/// A mark on the handler in a cancellation slot, to see later whether the operation has put another one there since.
///
/// Stands in the slot in front of that handler; Asio destroys both together when it needs the place for the next one.
class slot_mark final : slot_handler_base {
 public:
  slot_mark() = default;
  slot_mark(slot_mark const&) = delete;
  slot_mark& operator=(slot_mark const&) = delete;

  /// Marks the handler that a cancel through that slot reaches in the end; without effect when there is none.
  void put(boost::asio::cancellation_slot slot) noexcept {
    remove();
    slot_handler_base** const place = innermost(slot);
    if (place == nullptr || *place == nullptr) return;
    place_ = place;
    marked_ = *place;
    *place = this;
  }
  /// Leaves the handler there alone.
  void remove() noexcept {
    if (marked_ != nullptr) *place_ = std::exchange(marked_, nullptr);
  }
  /// Whether a cancel through that slot would reach a handler that is not marked.
  [[nodiscard]] bool is_missing(boost::asio::cancellation_slot slot) const noexcept {
    slot_handler_base** const place = innermost(slot);
    return place != nullptr && *place != nullptr && *place != this;
  }

 private:
  void call(boost::asio::cancellation_type_t type) override { marked_->call(type); }
  std::pair<void*, std::size_t> destroy() noexcept override { return std::exchange(marked_, nullptr)->destroy(); }

  /// Behind the states of the composed operations that forward a cancel to their present step.
  static slot_handler_base** innermost(boost::asio::cancellation_slot slot) noexcept {
    slot_handler_base** place = handler_place(slot);
    // Such a state begins with the signal it forwards to, and a signal is the address of its handler.
    while (place != nullptr && *place != nullptr && is_state(**place))
      place = reinterpret_cast<slot_handler_base**>(reinterpret_cast<std::byte*>(*place) + sizeof(slot_handler_base));
    return place;
  }
  static bool is_state(slot_handler_base const& h) noexcept {
    return std::strstr(typeid(h).name(), "20cancellation_handlerINS0_18cancellation_state4impl") != nullptr;
  }

  slot_handler_base** place_ = nullptr;
  slot_handler_base* marked_ = nullptr;
};

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

 private:
  union {
    suspended_thread stack_;
  };
  bool full_ = false;
};

/// Asio asks an operation for its signature with these two types before it lets a coroutine await it.
using operation_probe = boost::asio::detail::async_operation_probe;
using operation_probe_result = boost::asio::detail::async_operation_probe_result;
using signature_probe = boost::asio::detail::completion_signature_probe;
template <class Op>
using signature_probe_result = boost::asio::detail::completion_signature_probe_result<await_signature<Op>>;
using lvalue_probe_result = boost::asio::detail::completion_signature_probe_result<lvalue_signature>;

}  // namespace asyncio::detail
