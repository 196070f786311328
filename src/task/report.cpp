// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/loop/tools.hpp>
#include <asyncio/detail/task/report.hpp>

#include <cstdio>

namespace asyncio::detail {

void report(task_loop* home, context_slot* context, exception_context const& what) noexcept {
  if (home == nullptr || !home->belongs_here()) {
    try {
      log_report(*default_logger(), what);
    } catch (...) {
      report_briefly(what.message.c_str());
    }
    return;
  }
  task_loop::entry const inside(*home);
  if (context == nullptr) {
    home->owner().call_exception_handler(what);
    return;
  }
  context_slot* const before = exchange_context_slot(context);
  home->owner().call_exception_handler(what);
  exchange_context_slot(before);
}

void report_briefly(char const* message) noexcept {
  std::fputs("asyncio: no memory for more than this report: ", stderr);
  std::fputs(message, stderr);
  std::fputc('\n', stderr);
}

void about::operator()(exception_context& what) const {
  if (task_ == nullptr) return;
  what.task = task_->id();
  what.task_name = task_->name();
  what.created_at = task_->created_at();
  task_loop* const home = task_loop::if_here(task_->home(), task_->home_serial());
  if (what.exception && home != nullptr) what.trail = way_of(*home, what.exception, ", ", what.task);
}

}  // namespace asyncio::detail
