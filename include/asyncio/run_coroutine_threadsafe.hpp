// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Submitting coroutines to a loop from other threads: `asyncio.run_coroutine_threadsafe`.
#pragma once

#include <asyncio/loop_token.hpp>
#include <asyncio/task.hpp>

#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace asyncio {

namespace detail {

/// Carries a coroutine into a loop, then waits for its task and passes the outcome to a future.
class remote_task : public ready_node {
 public:
  remote_task(std::shared_ptr<mailbox> mail, std::stop_token stop);
  void run() override;
  void abandon() noexcept override;
  /// Sends it. If the loop has ended, the future gets an exception.
  static void send(std::unique_ptr<remote_task> task);

  virtual ~remote_task();

 protected:
  virtual task_ref start(task_loop& home) = 0;
  /// Stores the outcome of the finished task in the future.
  virtual void set_outcome(task_ref ended) noexcept = 0;
  virtual void fail(std::exception_ptr e) noexcept = 0;

 private:
  /// Carries a stop request from any thread into the loop.
  class stop_letter final : public ready_node {
   public:
    explicit stop_letter(remote_task& owner) noexcept : owner_(owner) {}
    void run() override { owner_.task_.get()->cancel({}); }
    void abandon() noexcept override {}

   private:
    remote_task& owner_;
  };
  struct send_stop {
    remote_task* owner;
    void operator()() const noexcept;
  };

  std::shared_ptr<mailbox> mail_;
  context_slot context_;  // the calling thread's
  task_ref task_;
  stop_letter stop_;
  std::stop_token stop_token_;
  std::optional<std::stop_callback<send_stop>> on_stop_;
};

template <class T>
class remote_task_of final : public remote_task {
 public:
  remote_task_of(std::shared_ptr<mailbox> mail, std::stop_token stop, awaitable<T> body, source_location where)
      : remote_task(std::move(mail), std::move(stop)), body_(std::move(body)), where_(where) {}
  [[nodiscard]] std::future<T> get_future() { return promise_.get_future(); }

 private:
  task_ref start(task_loop& home) override {
    return spawn(home, std::move(body_), where_, "asyncio::run_coroutine_threadsafe").ref();
  }
  void set_outcome(task_ref ended) noexcept override {
    try {
      bool const last = ended.get()->unreferenced_elsewhere();
      result<T> outcome = outcome_of(static_cast<task_state<T>&>(*ended.get()), last);
      ended = {};  // first: afterwards only the other thread holds the exception
      if (outcome.has_error()) {
        fail(std::move(outcome).error());
      } else if constexpr (std::is_void_v<T>) {
        promise_.set_value();
      } else {
        promise_.set_value(std::move(*outcome));
      }
    } catch (...) {
      fail(std::current_exception());
    }
  }
  void fail(std::exception_ptr e) noexcept override { promise_.set_exception(std::move(e)); }

  awaitable<T> body_;
  source_location where_;
  std::promise<T> promise_;
};

template <class T>
std::future<T> run_remotely(std::shared_ptr<mailbox> mail, std::stop_token stop, awaitable<T> body,
                            source_location where) {
  auto task = std::make_unique<remote_task_of<T>>(std::move(mail), std::move(stop), std::move(body), where);
  std::future<T> future = task->get_future();
  remote_task::send(std::move(task));
  return future;
}

}  // namespace detail

/// `asyncio.run_coroutine_threadsafe(coro, loop)`: runs a coroutine as a task of a loop that runs in another thread.
/// @param to that loop, or its token. A loop that has ended is recognised by its address; if a new loop may have the
/// same address, pass the token. @param aw the coroutine, e.g. `fetch(url)`; it starts in the loop's thread, with a
/// copy of the calling thread's context variables.
/// @param stop cancels the task when a stop is requested, as asyncio's `future.cancel()` does.
/// @return a future for its result; `get()` throws what the coroutine throws, cancelled_error when it was cancelled
/// (also by the end of `run`), and invalid_state when the loop ended before it could run.
///
/// In the loop's own thread `get()` and `wait()` block forever, undetected: use `co_await` there.
/// **Cancellation**: through `stop`, or in the loop through all_tasks. **Checkpoint**: never. **Threads**: any, even
/// while the loop ends. **Cost**: a task, a future and one more allocation. Conformance: TH6, TH7.
/// **Example**: `int n = asyncio::run_coroutine_threadsafe(loop, count(url)).get();`
template <awaitable_like A>
[[nodiscard("the future has the result and any exception")]] std::future<await_result_t<A>> run_coroutine_threadsafe(
    loop& to, A&& aw, std::stop_token stop = {}, source_location where = BOOST_CURRENT_LOCATION) {
  detail::require_taken_over<A>();
  return detail::run_remotely(detail::task_loop::mail_of(&to), std::move(stop), detail::to_awaitable(std::move(aw)),
                              where);
}
/// The same with a token, for a loop that may have ended.
template <awaitable_like A>
[[nodiscard("the future has the result and any exception")]] std::future<await_result_t<A>> run_coroutine_threadsafe(
    loop_token const& to, A&& aw, std::stop_token stop = {}, source_location where = BOOST_CURRENT_LOCATION) {
  detail::require_taken_over<A>();
  return detail::run_remotely(to.mail(), std::move(stop), detail::to_awaitable(std::move(aw)), where);
}
namespace detail {

template <class To>
concept remote_loop =
    std::is_same_v<std::remove_const_t<To>, loop> || std::is_same_v<std::remove_const_t<To>, loop_token>;

template <class To, class F, class... Args>
auto call_remotely(To& to, source_location where, F&& fn, Args&&... args) {
  return run_coroutine_threadsafe(
      to, call_and_keep<std::decay_t<F>, std::decay_t<Args>...>(std::forward<F>(fn), std::forward<Args>(args)...), {},
      where);
}

}  // namespace detail

/// The same for a coroutine function: `fn` and `args` are stored with the coroutine and outlive it.
template <detail::remote_loop To, class F, ASYNCIO_DETAIL_TYPES>
requires(detail::given<ASYNCIO_DETAIL_NAMES>::template called_by<F>)
    [[nodiscard("the future has the result and any exception")]] auto run_coroutine_threadsafe(
        To& to, F&& fn, ASYNCIO_DETAIL_PARAMETERS, source_location where = BOOST_CURRENT_LOCATION) {
  detail::refuse_capturing_temporary<F>();
  auto const call = [&](auto&&... args) {
    return detail::call_remotely(to, where, std::forward<F>(fn), std::forward<decltype(args)>(args)...);
  };
  return detail::given<ASYNCIO_DETAIL_NAMES>::pass(call, ASYNCIO_DETAIL_FORWARDED);
}
/// @cond internal: longer argument lists
template <detail::remote_loop To, class F, class... Args>
requires(detail::coroutine_function<F, Args...> && sizeof...(Args) > detail::most_arguments)
    [[nodiscard("the future has the result and any exception")]] auto run_coroutine_threadsafe(To& to, F&& fn,
                                                                                               Args&&... args) {
  detail::refuse_capturing_temporary<F>();
  return detail::call_remotely(to, detail::unknown_place, std::forward<F>(fn), std::forward<Args>(args)...);
}
/// @endcond
/// @cond internal: a short compile error for the classic mistake
template <class To, class F, class... Args>
requires(!awaitable_like<F> && !detail::coroutine_function<F, Args...>) auto run_coroutine_threadsafe(To&&, F&&,
                                                                                                      Args&&...) {
  if constexpr (awaitable_like<To>) {
    static_assert(detail::always_false<F>,
                  "asyncio::run_coroutine_threadsafe takes the loop first: "
                  "run_coroutine_threadsafe(loop, f(x))");
  } else {
    static_assert(detail::always_false<F>,
                  "asyncio::run_coroutine_threadsafe takes a coroutine, or a coroutine function and its "
                  "arguments; a plain function is called by loop.call_soon_threadsafe(f)");
  }
  return std::future<detail::anything>();
}
/// @endcond

}  // namespace asyncio
