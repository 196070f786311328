// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/loop/loop_core.hpp>
#include <asyncio/detail/loop/loop_io.hpp>
#include <asyncio/detail/loop/loop_registry.hpp>
#include <asyncio/detail/loop/mailbox.hpp>
#include <asyncio/error.hpp>

#include <string>

namespace asyncio::detail {

namespace asio = boost::asio;

constinit thread_local loop_core* current_core = nullptr;

namespace {

/// The mailbox of the first loop that satisfies `chosen`.
template <class Predicate>
std::shared_ptr<mailbox> mail_of_first(Predicate chosen) {
  std::shared_ptr<mailbox> found;
  loop_registry::get().find_if(chosen, [&found](loop_core& l) { found = l.mail(); });
  return found;
}

}  // namespace

loop_core::loop_core(loop& owner, asio::io_context& context)
    : owner_(owner),
      context_(context),
      clock_(std::make_unique<real_clock>()),
      io_(std::make_unique<io>()),
      mail_(std::make_shared<mailbox>(*this)) {
  loop_registry::get().add(*this, serial_);
}

loop_core::~loop_core() {
  loop_registry::get().remove(*this);
  drop_queued();  // queued by coroutines that were destroyed with Asio's operations
  for (loop_part* p = parts_.load(); p != nullptr;) delete std::exchange(p, p->next_);
}

bool loop_core::in_thread() const noexcept {
  return current_core == this || context_.get_executor().running_in_this_thread();
}

void loop_core::check_thread(char const* who) const {
  if (debug_ && !closed() && driven_ && !in_thread())
    throw invalid_state(std::string(who) +
                        ": called from a thread that does not run the loop; use loop::call_soon_threadsafe, "
                        "any_task::cancel_threadsafe or run_coroutine_threadsafe there");
}

void loop_core::refuse_thread() {
  throw invalid_state(
      "asyncio: several threads run this io_context, but one thread at a time runs a loop: call context.run() in one "
      "thread "
      "only; work that blocks belongs into to_thread or a thread_pool, more loops need an io_context each "
      "(doc/threads.md, "
      "\"One thread per loop\")");
}

void loop_core::refuse_task(char const* who) const {
  throw invalid_state(std::string(who) +
                      ": this loop has ended and would not run the task; start it before run() returns");
}

handler_memory& loop_core::memory() noexcept { return io_->memory; }

void loop_core::attach(std::unique_ptr<loop_part> p, void const* key) noexcept {
  p->key_ = key;
  p->next_ = parts_.load(std::memory_order_relaxed);
  parts_.store(p.release(), std::memory_order_release);
}

std::size_t loop_core::end_threads() noexcept {
  std::size_t left = 0;
  for (loop_part* p = parts_.load(std::memory_order_relaxed); p != nullptr; p = p->next_) left += p->end_threads();
  return left;
}

// -- other threads ---------------------------------------------------------------------------------------------------

std::shared_ptr<mailbox> loop_core::mail_of(loop const* address) {
  return mail_of_first([address](loop_core& l) { return &l.owner() == address; });
}

std::shared_ptr<mailbox> loop_core::mail_of(std::uint32_t serial) {
  return mail_of_first([serial](loop_core& l) { return l.serial() == serial; });
}

std::shared_ptr<mailbox> loop_core::mail_from_elsewhere(std::uint32_t serial) {
  return mail_of_first([serial](loop_core& l) { return l.serial() == serial && !l.belongs_here(); });
}

void loop_core::collect_mail() noexcept {
  if (!mail_->waiting()) return;
  list<ready_node> arrived;
  mail_->collect(arrived);
  splice_ready(arrived);
}

// -- a fork ----------------------------------------------------------------------------------------------------------

bool loop_core::survive_fork() noexcept {
  turnstile_.forget_threads();
  if (fate_ == fork_fate::carried_over) return true;
  fate_ = fork_fate::left_behind;
  if (current_core == this) current_core = nullptr;
  return false;
}

void loop_core::carry_on() {
  bool const left_behind = std::exchange(fate_, fork_fate::the_parents) == fork_fate::left_behind;
  if (left_behind) loop_registry::get().add_again(*this);
  for (loop_part* p = parts_.load(std::memory_order_relaxed); p != nullptr; p = p->next_) p->carried_on(left_behind);
}

// -- work ------------------------------------------------------------------------------------------------------------

void loop_core::keep_context() { io_->guard.emplace(context_.get_executor()); }

void loop_core::last_work_ended() noexcept {
  io_->guard.reset();
  if (timers_.empty()) last_timer_removed();
}

void loop_core::escape(std::exception_ptr e) noexcept {
  if (!escaped_) escaped_ = std::move(e);
  interrupt_drain();
  if (!driven_ && !drain_.scheduled) schedule_drain();  // so that the context runs out of work
}

// -- the end ---------------------------------------------------------------------------------------------------------

void loop_core::set_ended() noexcept {
  stage_ = loop_stage::ended;
  for (loop_part* p = parts_.load(std::memory_order_relaxed); p != nullptr; p = p->next_) p->loop_ended();
  mail_->close();
}

void loop_core::begin_shutdown() noexcept {
  drain_.scheduled = true;  // the context no longer accepts anything
  set_ended();
  loop_registry::get().remove(*this);
  stage_ = loop_stage::closed;
}

void loop_core::drop_queued() noexcept {
  // Dropping a node may drop, or even queue, others.
  for (bool dropped = true; dropped;) {
    dropped = queue_.abandon_all();
    for (auto* const nodes : {&quiescence_, &thread_waiters_})
      for (; !nodes->empty(); dropped = true) nodes->pop_front().abandon();
    for (; !timers_.empty(); dropped = true) static_cast<ready_node&>(timers_.pop()).abandon();
  }
}

void loop_core::end_shutdown() noexcept {
  io_->guard.reset();
  io_->timer.reset();
}

}  // namespace asyncio::detail
