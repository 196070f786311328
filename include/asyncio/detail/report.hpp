/// @file
/// Telling a loop's exception handler of what nobody took, also when that loop may be gone, or memory.
#pragma once

#include <asyncio/detail/task_state.hpp>
#include <asyncio/loop.hpp>

#include <exception>
#include <utility>

namespace asyncio::detail {

/// Calls the exception handler of `home`, with `context` as the current one (null: as it is). To the log instead when the
/// loop is gone (null) or belongs to another thread.
void report(kernel* home, context_slot* context, exception_context const& what) noexcept;

/// What is left to do when there is no memory for a report: a line on standard error.
void report_briefly(char const* message) noexcept;

/// The same report, made here. `complete(what)` adds what it concerns.
template <class Complete>
void report(kernel* home, context_slot* context, char const* message, std::exception_ptr e, Complete&& complete) noexcept {
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

/// Completes a report about a task; null: about none.
class about {
 public:
  explicit about(task_base const* task) noexcept : task_(task) {}
  void operator()(exception_context& what) const;

 private:
  task_base const* task_;
};

}  // namespace asyncio::detail
