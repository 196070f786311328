/// @file
/// A worker: one coroutine that was spawned once and carries task after task, so that a task costs no co_spawn.
#pragma once

#include <asyncio/detail/asio_hook.hpp>
#include <asyncio/detail/kernel.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <cstdint>
#include <utility>

namespace asyncio::detail {

/// **Cancellation**: the worker owns one cancellation_signal, connected to its coroutine. A cancel of a task that is
/// suspended in an operation of this library goes straight to that operation; in an Asio operation it is emitted through
/// the signal, and the state is cleared afterwards, which makes Asio's level-triggered cancellation edge-triggered.
class worker : public list_node<> {
 public:
  worker(kernel& home, worker_kind_number kind) noexcept : kernel_(home), kind_(kind) {}

  [[nodiscard]] kernel& home() const noexcept { return kernel_; }
  [[nodiscard]] worker_kind_number kind() const noexcept { return kind_; }
  [[nodiscard]] std::uint32_t generation() const noexcept { return generation_; }
  [[nodiscard]] task_base* task() const noexcept { return task_; }
  /// Whether a suspended coroutine stack is this worker's own, not one that its task spawned.
  [[nodiscard]] bool owns(suspended_thread& thread) const noexcept { return thread.entry_point() == frame_; }

  /// The same for a running coroutine, by its cancellation state: the coroutines of a stack share one.
  [[nodiscard]] bool owns(boost::asio::cancellation_state const& state) const noexcept {
    return frame_ != nullptr && state.slot().is_connected() && state.slot() == suspended_thread::state(*frame_).slot();
  }

  void assign(task_base& task) noexcept { task_ = &task; }
  void release() noexcept {
    task_ = nullptr;
    ++generation_;
    if (cancel_in_flight_) [[unlikely]] forget_cancel();
  }
  void reuse(worker_kind_number kind) noexcept {
    kind_ = kind;
    frame_ = nullptr;
    state_lost_ = true;
  }
  void lose_state() noexcept { state_lost_ = true; }

  [[nodiscard]] wait_node* waiting() const noexcept { return waiting_; }
  void set_waiting(wait_node* node) noexcept { waiting_ = node; }
  [[nodiscard]] bool running() const noexcept { return running_; }
  void set_running(bool on) noexcept { running_ = on; }

  /// Its coroutine stack; null before it was launched.
  [[nodiscard]] entry_frame* frame() const noexcept { return frame_; }
  /// Whether a cancel is on its way into the Asio operation the task is suspended in: see raw_cancels.
  [[nodiscard]] bool cancel_in_flight() const noexcept { return cancel_in_flight_; }
  void set_cancel_in_flight(bool on) noexcept { cancel_in_flight_ = on; }
  void emit_cancel() { signal_.emit(boost::asio::cancellation_type::terminal); }
  [[nodiscard]] boost::asio::cancellation_slot slot() noexcept { return signal_.slot(); }

  // -- the coroutine's side ------------------------------------------------------------------------------------------

  /// Replaces Asio's default state: every cancellation type passes, and destroying it tells that user code did the same.
  /// It runs in a step of the worker whose state it is part of, so it need not remember the worker.
  class sentinel {
   public:
    sentinel() = default;
    sentinel(sentinel const&) = default;
    sentinel& operator=(sentinel const&) = default;
    ~sentinel();
    boost::asio::cancellation_type_t operator()(boost::asio::cancellation_type_t type) const noexcept { return type; }
  };

  /// Makes the coroutine's cancellation state ours again before a task begins.
  void prepare() {
    if (state_lost_) {
      suspended_thread::reset_state<sentinel>(*frame_);
      state_lost_ = false;
    }
    suspended_thread::throw_if_cancelled(*frame_, false);
  }

  /// Takes the next task that is to be started, if it is of this worker's kind.
  [[nodiscard]] bool take_next_task() noexcept {
    task_ = kernel_.take_startable(kind_);
    return task_ != nullptr;
  }
  /// `co_await next_task(w)`: suspends the idle worker.
  class next_task;
  void park(suspended_thread stack) noexcept { idle_.put(std::move(stack)); }
  [[nodiscard]] suspended_thread unpark() noexcept { return idle_.take(); }
  [[nodiscard]] bool parked() const noexcept { return !idle_.empty(); }
  /// Starts the worker's coroutine; its executor follows the worker from task to task.
  void launch(entry_coroutine bottom);

 private:
  kernel& kernel_;
  task_base* task_ = nullptr;
  wait_node* waiting_ = nullptr;
  entry_frame* frame_ = nullptr;
  stack_slot idle_;
  boost::asio::cancellation_signal signal_;
  worker_kind_number kind_;
  std::uint32_t generation_ = 1;
  void forget_cancel() noexcept;

  bool running_ = false;
  bool state_lost_ = true;
  bool cancel_in_flight_ = false;
};

/// Gives the suspended worker coroutine to the worker when it becomes idle.
class worker::next_task : public operation_tag {
 public:
  using value_type = void;
  explicit next_task(worker& w) noexcept : worker_(w) {}

  void operator()(await_handler<next_task> handler) && { handler.start(*this); }
  operation_probe_result operator()(operation_probe) &&;
  signature_probe_result<next_task> operator()(signature_probe) &&;

  void begin(suspended_thread thread);
  void finish() const noexcept {}

 private:
  worker& worker_;
};

}  // namespace asyncio::detail
