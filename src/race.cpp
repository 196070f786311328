// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/gather/race_group.hpp>
#include <asyncio/exception_group.hpp>

#include <string>

namespace asyncio::detail {

void race_group::win(task_base& child) noexcept {
  if (stopped()) return;
  winner_ = task_ref::share(child);
  stop();
}

std::exception_ptr failure_of(task_base& t) {
  if (t.cancelled()) return cancelled_exception(t.cancel_message());
  return t.retrieve_exception();
}

void throw_nobody_races(char const* who) {
  throw value_error(std::string(who) + ": the range is empty, so nobody can win; give it at least one awaitable");
}

void throw_all_failed(std::vector<std::exception_ptr> failures) {
  throw exception_group("asyncio::race_success: all have failed", std::move(failures));
}

}  // namespace asyncio::detail
