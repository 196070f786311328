// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The executor inside a task's coroutines. It makes the task current whenever Asio resumes it, so that current_task(),
/// context variables and late cancellations work with raw Asio operations.
#pragma once

#include <asyncio/detail/task/carrier.hpp>
#include <asyncio/detail/task/task_loop.hpp>

#include <boost/asio/execution.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <type_traits>
#include <utility>

namespace asyncio::detail {

/// A copy belongs to the task that is running when it is made, and pins that task to its carrier: an I/O object that
/// outlives its task keeps a stale executor, which still refers to the loop but to no task. Only the executor inside
/// the carrier's own coroutine (the root) follows the carrier from task to task.
class task_executor {
 public:
  static task_executor root(carrier& w) noexcept { return task_executor(w, 0, true); }

  task_executor(task_executor const& other) noexcept
      : carrier_(other.carrier_),
        generation_(other.effective_generation()),
        ticket_(other.ticket_),
        never_(other.never_) {
    if (other.root_) ticket_ = carrier_->lend();
  }
  task_executor(task_executor&& other) noexcept = default;
  task_executor& operator=(task_executor const&) = delete;
  ~task_executor() = default;

  [[nodiscard]] boost::asio::execution_context& query(boost::asio::execution::context_t) const noexcept {
    return carrier_->home().context();
  }
  [[nodiscard]] boost::asio::execution::blocking_t query(boost::asio::execution::blocking_t) const noexcept {
    if (never_) return boost::asio::execution::blocking.never;
    return boost::asio::execution::blocking.possibly;
  }
  [[nodiscard]] task_executor require(boost::asio::execution::blocking_t::never_t) const noexcept {
    return with_blocking(true);
  }
  [[nodiscard]] task_executor require(boost::asio::execution::blocking_t::possibly_t) const noexcept {
    return with_blocking(false);
  }

  template <class F>
  void execute(F&& fn) const {
    if (!never_ && carrier_->home().in_thread()) {
      if (run_step(fn)) [[likely]]
        return;
      post(std::forward<F>(fn));
      loop_core::refuse_thread();
    }
    post(std::forward<F>(fn));
  }

  [[nodiscard]] task_loop& home() const noexcept { return carrier_->home(); }
  [[nodiscard]] carrier& carried_by() const noexcept { return *carrier_; }
  friend bool operator==(task_executor const& a, task_executor const& b) noexcept {
    return a.carrier_ == b.carrier_ && a.effective_generation() == b.effective_generation() && a.never_ == b.never_;
  }
  friend bool operator!=(task_executor const& a, task_executor const& b) noexcept { return !(a == b); }

 private:
  template <class F>
  class posted;

  template <class F>
  void post(F&& fn) const {
    boost::asio::require(carrier_->home().context().get_executor(), boost::asio::execution::blocking.never)
        .execute(posted<std::decay_t<F>>(*this, std::forward<F>(fn)));
  }

  /// Calls `fn` as a step of the carrier. @return false, without calling it, if another thread runs the loop.
  template <class F>
  bool run_step(F& fn) const {
    task_loop::visit const inside(carrier_->home());
    if (!inside) [[unlikely]]
      return false;
    carrier* const w = live_carrier();
    if (w != nullptr) w->redeem(ticket_);
    task_loop::step const s(carrier_->home(), w);
    std::forward<F>(fn)();
    return true;
  }

  task_executor(carrier& w, std::uint32_t generation, bool is_root) noexcept
      : carrier_(&w), generation_(generation), root_(is_root) {}

  [[nodiscard]] std::uint32_t effective_generation() const noexcept {
    return root_ ? carrier_->generation() : generation_;
  }
  [[nodiscard]] carrier* live_carrier() const noexcept {
    return effective_generation() == carrier_->generation() ? carrier_ : nullptr;
  }
  [[nodiscard]] task_executor with_blocking(bool never) const noexcept {
    task_executor copy(*this);
    copy.never_ = never;
    return copy;
  }

  carrier* carrier_;
  std::uint32_t generation_;
  std::uint16_t ticket_ = 0;
  bool root_ = false;
  bool never_ = false;
};

template <class F>
class task_executor::posted {
 public:
  template <class G>
  posted(task_executor const& ex, G&& fn) : executor_(ex), fn_(std::forward<G>(fn)) {}
  void operator()() {
    if (executor_.run_step(fn_)) [[likely]]
      return;
    executor_.post(std::move(fn_));
    loop_core::refuse_thread();
  }

 private:
  task_executor executor_;
  F fn_;
};

}  // namespace asyncio::detail
