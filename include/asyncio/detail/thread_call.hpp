/// @file
/// A call of a function in another thread, and the wait for its result.
#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/context.hpp>
#include <asyncio/detail/thread_pool.hpp>
#include <asyncio/detail/wait_node.hpp>

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace asyncio::detail {

/// One allocation with everything a call needs: function, arguments, context, outcome. It belongs to the operation that
/// waits for it and, from submit() on, to the pool and then to the loop, whichever is last. As a job it runs the function;
/// as a ready_node it comes back to the loop.
class thread_call : public ready_node, public thread_pool::job {
 public:
  thread_call() = default;

  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
  }

  // -- the loop's thread ---------------------------------------------------------------------------------------------
  /// Gives the call to the threads of `home`; `waiter` is completed when the function has returned.
  void submit(kernel& home, wait_node& waiter);
  [[nodiscard]] bool submitted() const noexcept { return kernel_ != nullptr; }
  /// Nobody waits any more.
  void give_up() noexcept;
  /// Tells the function that a cancel was requested. @return whether it was not begun: then it never is.
  bool request_cancel() noexcept;
  /// The function has returned or thrown, and the loop knows.
  [[nodiscard]] bool returned() const noexcept { return returned_; }
  /// It threw cancelled_error because of request_cancel().
  [[nodiscard]] bool gave_in() const noexcept { return gave_in_; }

  void run() override;
  void abandon() noexcept override { release(); }

  // -- the other thread ----------------------------------------------------------------------------------------------
  /// Whether a cancel was requested. **Threads**: any.
  [[nodiscard]] bool cancel_requested() const noexcept { return cancel_requested_.load(std::memory_order_relaxed); }
  /// The call that this thread is at; null when it is none of a pool.
  [[nodiscard]] static thread_call* current() noexcept;

  void work() noexcept override;
  void ended() noexcept override;
  void dropped() noexcept override { release(); }
  void lost() noexcept override;

 protected:
  virtual ~thread_call() = default;
  virtual void call() = 0;
  /// Destroys function and arguments.
  virtual void forget_function() noexcept = 0;
  void rethrow_failure() {
    if (failure_) std::rethrow_exception(std::move(failure_));
  }

 private:
  virtual void destroy() noexcept { delete this; }

  std::atomic<std::uint32_t> references_{1};
  std::atomic<bool> cancel_requested_{false};
  bool gave_in_ = false;
  bool returned_ = false;
  kernel* kernel_ = nullptr;
  wait_node* waiter_ = nullptr;
  std::shared_ptr<mailbox> mail_;
  context_slot context_;
  std::exception_ptr failure_;
};

template <class R>
class thread_call_for : public thread_call {
 public:
  /// The outcome, once.
  R take() {
    rethrow_failure();
    if constexpr (!std::is_void_v<R>) return std::move(*value_);
  }

 protected:
  std::optional<nonvoid_t<R>> value_;
};

/// What a call gives: references are copied, the function's objects do not outlive it.
template <class F, class... Args>
using thread_result_t = std::decay_t<std::invoke_result_t<std::decay_t<F>&, std::decay_t<Args>...>>;

template <class F, class... Args>
class thread_call_of final : public thread_call_for<thread_result_t<F, Args...>> {
  using result_type = thread_result_t<F, Args...>;

 public:
  template <class... V>
  explicit thread_call_of(V&&... function_and_arguments)
      : function_(std::in_place, std::forward<V>(function_and_arguments)...) {}

 private:
  void call() override {
    auto const invoke = [](F& fn, Args&... args) -> std::invoke_result_t<F&, Args...> {
      return std::invoke(fn, std::move(args)...);
    };
    if constexpr (std::is_void_v<result_type>) {
      std::apply(invoke, *function_);
    } else {
      this->value_.emplace(std::apply(invoke, *function_));
    }
  }
  void forget_function() noexcept override { function_.reset(); }

  std::optional<std::tuple<F, Args...>> function_;
};

/// The wait for a call, without the type of its result.
class thread_wait : public wait_node {
 public:
  bool cancel_wait() override;
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::thread, 0, {}, nullptr}; }
  void run() override;

 protected:
  struct releases {
    void operator()(thread_call* c) const noexcept { c->release(); }
  };
  using reference = std::unique_ptr<thread_call, releases>;

  thread_wait(reference call, bool abandons) noexcept : call_(std::move(call)) {
    if (abandons) set_flag(abandon_on_cancel);
  }
  thread_wait(thread_wait&& other) noexcept : wait_node(std::move(other)), call_(std::move(other.call_)) {
    if (other.has_flag(abandon_on_cancel)) set_flag(abandon_on_cancel);
  }
  ~thread_wait() = default;

  /// For finish(): the call that has returned. Throws when there is none: the wait was cancelled, or was a mistake.
  reference take_call();

 private:
  bool arm() override;
  void disarm() noexcept override;

  static constexpr std::uint8_t abandon_on_cancel = 1;
  static constexpr std::uint8_t cancel_later = 2;  // a cancel came that must not cost the result
  reference call_;
};

}  // namespace asyncio::detail
