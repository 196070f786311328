// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/loop/tools.hpp>
#include <asyncio/detail/task/operation.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/loop_token.hpp>

#include <boost/asio/io_context.hpp>

#include <cstdio>

namespace asyncio {

namespace asio = boost::asio;

loop::loop(asio::execution_context& context)
    : service(context), loop_(*this, static_cast<asio::io_context&>(context)) {}

loop::~loop() = default;

loop& loop::of(asio::io_context& context) { return asio::use_service<loop>(context); }

loop& loop::running() { return detail::task_loop::running("asyncio::loop::running").owner(); }

loop* loop::running_or_null() noexcept {
  detail::task_loop* const core = detail::task_loop::running_or_null();
  return core ? &core->owner() : nullptr;
}

void loop::notify_fork(asio::execution_context::fork_event event) {
  if (event == asio::execution_context::fork_child) {
    loop_.carry_on();
  } else {
    loop_.expect_fork(event == asio::execution_context::fork_prepare);
  }
}

asio::any_io_executor loop::get_executor() { return loop_.context().get_executor(); }

void loop::set_debug(bool on) {
  loop_.set_debug(on);
  if (auto const* const tools = detail::tools::attached) tools->watch(*this, on);
}

loop_statistics loop::statistics() const noexcept {
  auto const& c = loop_.counts();
  loop_statistics s;
  s.finished = c.ended[0];
  s.failed = c.ended[1];
  s.cancelled = c.ended[2];
  s.alive = loop_.live_count();
  s.created = s.finished + s.failed + s.cancelled + s.alive;
  s.steps = c.steps;
  s.ready = loop_.queue().size();
  s.timers = loop_.timer_count();
  return s;
}

loop_token loop::token() const { return loop_token(const_cast<detail::task_loop&>(loop_)); }

void loop::call_exception_handler(exception_context const& what) noexcept {
  try {
    if (!exception_handler_) {
      default_exception_handler(what);
      return;
    }
    try {
      exception_handler const handler = exception_handler_;  // the handler may replace itself
      handler(*this, what);
    } catch (...) {
      exception_context broken = what;
      broken.message = "Unhandled error in exception handler (" + detail::text_of(std::current_exception()) +
                       "), which was told: " + what.message;
      default_exception_handler(broken);
    }
  } catch (...) {
    // Last resort: no logger is left.
    std::fputs("asyncio: the exception handler failed: ", stderr);
    std::fputs(what.message.c_str(), stderr);
    std::fputc('\n', stderr);
  }
}

namespace detail {

asio::any_io_executor running_executor() {
  return task_loop::running("asyncio: an operation with a completion token").context().get_executor();
}

}  // namespace detail
}  // namespace asyncio
