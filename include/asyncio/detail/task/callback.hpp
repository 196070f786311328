// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Functions scheduled on a loop by `call_soon` and similar functions.
#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/context.hpp>
#include <asyncio/detail/base/callable.hpp>
#include <asyncio/detail/task/task_loop.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>

namespace asyncio::detail {

template <class F, class... Args>
constexpr void require_plain_function() noexcept {
  static_assert(
      !awaitable_like<std::invoke_result_t<F&, Args&...>>,
      "asyncio::loop calls plain functions; a coroutine would never run: use create_task(f()) or create_task_fn(f)");
}

/// A scheduled function, shared by its handle and the loop.
class callback : public ready_node {
 public:
  explicit callback(task_loop& home);
  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
  }
  void cancel() noexcept;
  [[nodiscard]] bool cancelled() const noexcept;
  [[nodiscard]] time_point when() const noexcept { return when_; }

  void schedule();                    // queue it now; the queue keeps a reference
  void schedule_at(time_point when);  // queue it at that time
  void schedule_from_any_thread(std::shared_ptr<mailbox> const& mail, char const* who);

  void run() override;
  void abandon() noexcept override { release(); }

 protected:
  /// `running`: locked while the function runs; null for a callback used only in the loop's thread.
  callback(task_loop* home, std::recursive_mutex* running);
  virtual ~callback() = default;
  virtual void invoke() = 0;
  virtual void destroy() noexcept = 0;

 private:
  task_loop* loop_;
  std::recursive_mutex* running_ = nullptr;
  context_slot context_;
  time_point when_{};
  std::atomic<std::uint32_t> references_{1};
  std::atomic<bool> cancelled_{false};
};

template <class F>
class callback_of final : public callback {
 public:
  callback_of(task_loop& home, F fn) : callback(home), fn_(std::move(fn)) { require_plain_function<F>(); }

 private:
  void invoke() override { static_cast<void>(fn_()); }
  void destroy() noexcept override { delete this; }
  F fn_;
};

/// A callback whose handle is used by other threads.
template <class F>
class threadsafe_callback_of final : public callback {
 public:
  threadsafe_callback_of(task_loop* home, F fn) : callback(home, &mutex_), fn_(std::move(fn)) {
    require_plain_function<F>();
  }

 private:
  void invoke() override { static_cast<void>(fn_()); }
  void destroy() noexcept override { delete this; }
  std::recursive_mutex mutex_;
  F fn_;
};

}  // namespace asyncio::detail
