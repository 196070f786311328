// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Reporting unretrieved exceptions to a loop's exception handler, even if the loop is gone or memory is exhausted.
#pragma once

#include <asyncio/detail/task/task_state.hpp>
#include <asyncio/loop.hpp>

#include <exception>
#include <utility>

namespace asyncio::detail {

/// Calls the exception handler of `home`, with `context` as the current one (null: unchanged). Logs instead if the loop
/// is gone (null) or belongs to another thread.
void report(task_loop* home, context_slot* context, exception_context const& what) noexcept;

/// Fallback if there is no memory for a report: a line on standard error.
void report_briefly(char const* message) noexcept;

/// Builds and sends a report. `complete(what)` adds its subject.
template <class Complete>
void report(task_loop* home, context_slot* context, char const* message, std::exception_ptr e,
            Complete&& complete) noexcept {
  try {
    exception_context what;
    what.message = message;
    what.exception = std::move(e);
    complete(what);
    report(home, context, what);
  } catch (...) {
    report_briefly(message);
  }
}

/// Completes a report about a task; null: without a task.
class about {
 public:
  explicit about(task_base const* task) noexcept : task_(task) {}
  void operator()(exception_context& what) const;

 private:
  task_base const* task_;
};

}  // namespace asyncio::detail
