// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The part of task_loop that sends cancellations into Asio's operations.
#include <asyncio/detail/loop/loop_io.hpp>
#include <asyncio/detail/task/carrier_pool.hpp>
#include <asyncio/detail/task/raw_cancel.hpp>
#include <asyncio/detail/task/task_loop.hpp>
#include <asyncio/detail/task/wait_node.hpp>

namespace asyncio::detail {

namespace asio = boost::asio;

struct task_loop::cancel_state {
  explicit cancel_state(asio_queue const& queue) : in_flight(queue) {}

  raw_cancels in_flight;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> while_emitting;
  bool scheduled = false;
  std::size_t markers = 0;  // markers that have run during calm_down()
};

task_loop::task_loop(loop& owner, asio::io_context& context)
    : loop_core(owner, context),
      carriers_(std::make_unique<carrier_pool>(*this)),
      cancels_(std::make_unique<cancel_state>(asio_queue(context, &memory(), sizeof(handler_memory)))) {}

task_loop::~task_loop() = default;

raw_cancels& task_loop::cancels_in_flight() noexcept { return cancels_->in_flight; }

void task_loop::after_handlers() noexcept {
  if (cancels_->in_flight.unanswered()) [[unlikely]]
    cancels_->in_flight.look_again();
}

void task_loop::forget_cancels() noexcept {
  cancels_->in_flight.forget_all();
  cancels_->while_emitting.reset();
}

void task_loop::schedule_cancels() noexcept {
  if (closed() || cancels_->scheduled) return;
  cancels_->scheduled = true;
  post_own(static_cast<own_call>(&task_loop::emit_cancels));
}

/// Runs Asio's handlers while the loop's own queue is paused, since that may never become empty.
void task_loop::emit_cancels() {
  struct at_exit {
    task_loop& l;
    ~at_exit() {
      l.let_drains_go();
      l.cancels_->in_flight.keep_rest();
      // A handler that runs another one inside itself must not be the last work of a context, because it counts for
      // both.
      l.post_own(static_cast<own_call>(&task_loop::after_cancels));
    }
  };
  visit const inside(*this);
  if (!inside) [[unlikely]]
    hand_on(static_cast<own_call>(&task_loop::emit_cancels));
  cancels_->while_emitting.emplace(context().get_executor());
  hold_drains();
  at_exit const leave{*this};
  bool noisy = false;
  cancels_->in_flight.emit_due([this, &noisy] { return calm_down(noisy); });
}

void task_loop::after_cancels() {
  visit const inside(*this);
  if (!inside) [[unlikely]]
    hand_on(static_cast<own_call>(&task_loop::after_cancels));
  cancels_->while_emitting.reset();
  cancels_->scheduled = false;
  cancels_->in_flight.look_again();
  if (cancels_->in_flight.due()) schedule_cancels();
  make_up_for_drain();
}

void task_loop::count_marker() { ++cancels_->markers; }

calm task_loop::calm_down(bool& noisy) {
  auto const now = [this] { return context().stopped() ? calm::none : calm::quiet; };
  for (int handlers = 0; handlers < 64; ++handlers)
    if (cancels_->in_flight.is_quiet(counts_.steps) || context().poll_one() == 0) return now();
  // Many are queued, or each queues the next one. Once the marker behind them has run, all those queued now have run.
  for (int passes = 0; passes < 3 && !noisy; ++passes) {
    std::size_t const before = cancels_->markers;
    post_own(static_cast<own_call>(&task_loop::count_marker));
    while (cancels_->markers == before)
      if (context().poll_one() == 0) return now();
    if (context().poll_one() == 0) return now();
  }
  noisy = true;
  return calm::noisy;
}

}  // namespace asyncio::detail
