// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/finally.hpp>

#include <memory>

namespace asyncio::detail {

bool cleanup_operation::arm() {
  if (cleanup_.get()->done()) return true;
  cleanup_.get()->waiters().push_back(*this);
  return false;
}

task<void> start_cleanup(task_loop& home, awaitable<void> cleanup, source_location where) {
  task<void> work = make_task(home, std::move(cleanup), where);
  context_slot& variables = current_context_slot();
  if (!variables) variables = std::make_shared<context_cell>();
  task_base& t = *work.ref().get();
  t.context() = variables;
  t.set_unlisted();
  t.launch(task_base::start_mode::eager);
  return work;
}

void end_cleanup(task<void> const& cleanup, std::exception_ptr body_failure, bool cancel_came, task_base* owner) {
  task_base& t = *cleanup.ref().get();
  bool const throws = body_failure || t.failed() || t.cancelled();
  if (cancel_came && throws && owner != nullptr) owner->set_must_cancel(true);
  if (owner == nullptr && t.cancelled()) throw_aborted();
  t.rethrow_failure();
  if (body_failure) std::rethrow_exception(std::move(body_failure));
  if (!cancel_came) return;
  if (owner == nullptr) throw_aborted();
  throw_cancelled(owner->cancel_message());
}

}  // namespace asyncio::detail
