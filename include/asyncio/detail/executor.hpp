/// @file
/// The executor inside a task's coroutines. It makes the task current whenever Asio resumes it, which is what gives raw
/// Asio operations current_task(), context variables and late cancels.
#pragma once

#include <asyncio/detail/kernel.hpp>
#include <asyncio/detail/worker.hpp>

#include <boost/asio/execution.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <type_traits>
#include <utility>

namespace asyncio::detail {

/// A copy belongs to the task that runs when it is made, and pins that task to its worker: an I/O object that outlives its
/// task keeps a stale executor, which still reaches the loop but no longer any task. Only the executor inside the worker's
/// own coroutine (the root) follows the worker from task to task.
class task_executor {
 public:
  static task_executor root(worker& w) noexcept { return task_executor(w, 0, true); }

  task_executor(task_executor const& other) noexcept
      : worker_(other.worker_), generation_(other.effective_generation()), ticket_(other.ticket_), never_(other.never_) {
    if (other.root_) ticket_ = worker_->lend();
  }
  task_executor(task_executor&& other) noexcept = default;
  task_executor& operator=(task_executor const&) = delete;
  ~task_executor() = default;

  [[nodiscard]] boost::asio::execution_context& query(boost::asio::execution::context_t) const noexcept {
    return worker_->home().context();
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
    if (!never_ && worker_->home().in_thread()) {
      if (run_step(fn)) [[likely]] return;
      worker_->home().hand_on(posted<std::decay_t<F>>(*this, std::forward<F>(fn)));
    }
    boost::asio::require(worker_->home().context().get_executor(), boost::asio::execution::blocking.never)
        .execute(posted<std::decay_t<F>>(*this, std::forward<F>(fn)));
  }

  [[nodiscard]] kernel& home() const noexcept { return worker_->home(); }
  [[nodiscard]] worker& carrier() const noexcept { return *worker_; }
  friend bool operator==(task_executor const& a, task_executor const& b) noexcept {
    return a.worker_ == b.worker_ && a.effective_generation() == b.effective_generation() && a.never_ == b.never_;
  }
  friend bool operator!=(task_executor const& a, task_executor const& b) noexcept { return !(a == b); }

 private:
  template <class F>
  class posted;

  /// Calls `fn` as a step of the worker. @return false, without having done so, when another thread runs the loop.
  template <class F>
  bool run_step(F& fn) const {
    kernel::visit const inside(worker_->home());
    if (!inside) [[unlikely]] return false;
    worker* const w = live_worker();
    if (w != nullptr) w->redeem(ticket_);
    kernel::step const s(worker_->home(), w);
    std::forward<F>(fn)();
    return true;
  }

  task_executor(worker& w, std::uint32_t generation, bool is_root) noexcept
      : worker_(&w), generation_(generation), root_(is_root) {}

  [[nodiscard]] std::uint32_t effective_generation() const noexcept {
    return root_ ? worker_->generation() : generation_;
  }
  [[nodiscard]] worker* live_worker() const noexcept {
    return effective_generation() == worker_->generation() ? worker_ : nullptr;
  }
  [[nodiscard]] task_executor with_blocking(bool never) const noexcept {
    task_executor copy(*this);
    copy.never_ = never;
    return copy;
  }

  worker* worker_;
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
    if (!executor_.run_step(fn_)) [[unlikely]] executor_.worker_->home().hand_on(std::move(*this));
  }

 private:
  task_executor executor_;
  F fn_;
};

}  // namespace asyncio::detail
