// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// A call of a function in another thread, and the wait for its result.
#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/context.hpp>
#include <asyncio/detail/task/wait_node.hpp>
#include <asyncio/detail/threads/thread_pool.hpp>

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace asyncio::detail {

/// One allocation for everything a call needs: function, arguments, context, outcome. It is owned by the operation that
/// waits for it and, from submit() on, also by the pool and then the loop; the last owner destroys it. As a job it runs
/// the function; as a ready_node it returns to the loop.
class thread_call : public ready_node, public thread_pool::job {
 public:
  thread_call() = default;

  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
  }

  // -- the loop's thread ---------------------------------------------------------------------------------------------
  /// Submits the call to the threads of `home`; `waiter` is completed when the function has returned.
  void submit(task_loop& home, wait_node& waiter);
  [[nodiscard]] bool submitted() const noexcept { return loop_ != nullptr; }
  /// The waiter is gone.
  void give_up() noexcept;
  /// Sets thread_cancelled() for the function. @return whether it had not started: then it never does.
  bool request_cancel() noexcept;
  /// The function has returned or thrown, and the loop knows.
  [[nodiscard]] bool returned() const noexcept { return returned_; }
  /// It threw cancelled_error because of request_cancel().
  [[nodiscard]] bool cancelled_meanwhile() const noexcept { return cancelled_meanwhile_; }

  void run() override;
  void abandon() noexcept override { release(); }

  // -- the other thread ----------------------------------------------------------------------------------------------
  /// Whether a cancellation was requested. **Threads**: any.
  [[nodiscard]] bool cancel_requested() const noexcept { return cancel_requested_.load(std::memory_order_relaxed); }
  /// The call that this thread is running; null outside a pool.
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
  bool cancelled_meanwhile_ = false;
  bool returned_ = false;
  task_loop* loop_ = nullptr;
  wait_node* waiter_ = nullptr;
  std::shared_ptr<mailbox> mail_;
  context_slot context_;
  std::exception_ptr failure_;
};

template <class R>
class thread_call_for : public thread_call {
 public:
  /// Takes the outcome; call once.
  R take() {
    rethrow_failure();
    if constexpr (!std::is_void_v<R>) return std::move(*value_);
  }

 protected:
  std::optional<nonvoid_t<R>> value_;
};

/// The result type of a call: references are copied, since the function's objects do not outlive it.
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

/// The wait for a call, independent of its result type.
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

  /// For finish(): the call that has returned. Throws if there is none: the wait was cancelled or invalid.
  reference take_call();

 private:
  bool arm() override;
  void disarm() noexcept override;

  static constexpr std::uint8_t abandon_on_cancel = 1;
  static constexpr std::uint8_t cancel_later = 2;  // a cancellation came that must not lose the result
  reference call_;
};

}  // namespace asyncio::detail
