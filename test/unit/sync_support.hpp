// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// What the tests of the synchronisation primitives share.
#pragma once

#include <asyncio/detail/task/task_loop.hpp>
#include <asyncio/error.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/testing/control.hpp>

#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace sync_support {

/// How a coroutine ends, in words.
template <class T>
asyncio::awaitable<std::string> outcome(asyncio::awaitable<T> aw) {
  try {
    (void)co_await std::move(aw);
    co_return "done";
  } catch (asyncio::cancelled_error const& e) {
    co_return e.message().empty() ? "cancelled" : "cancelled: " + std::string(e.message());
  } catch (std::exception const& e) {
    co_return e.what();
  }
}
template <>
inline asyncio::awaitable<std::string> outcome(asyncio::awaitable<void> aw) {
  try {
    co_await std::move(aw);
    co_return "done";
  } catch (asyncio::cancelled_error const& e) {
    co_return e.message().empty() ? "cancelled" : "cancelled: " + std::string(e.message());
  } catch (std::exception const& e) {
    co_return e.what();
  }
}

/// What a call throws.
template <class Error, class Call>
std::string refusal(Call call) {
  try {
    (void)call();
  } catch (Error const& e) {
    return e.what();
  }
  return "accepted";
}

/// Something that waits, for the state machines without a loop.
class waiter final : public asyncio::detail::ready_node {
 public:
  explicit waiter(char letter) : name(letter) {}
  void run() override {}
  void abandon() noexcept override {}
  char const name;
};

inline char name_of(asyncio::detail::ready_node* node) { return node ? static_cast<waiter*>(node)->name : '-'; }

inline std::string drain(asyncio::detail::list<asyncio::detail::ready_node>& nodes) {
  std::string names;
  while (!nodes.empty()) names += name_of(&nodes.pop_front());
  return names;
}

/// Collects what goes to the exception handler while it lives.
class reports {
 public:
  reports() {
    asyncio::loop::running().set_exception_handler(
        [this](asyncio::exception_context const& what) { seen_.push_back(what.message); });
  }
  reports(reports const&) = delete;
  reports& operator=(reports const&) = delete;
  ~reports() { asyncio::loop::running().set_exception_handler(nullptr); }
  [[nodiscard]] std::vector<std::string> const& seen() const { return seen_; }

 private:
  std::vector<std::string> seen_;
};

}  // namespace sync_support
