// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Returns a coroutine that was resumed in another thread to its loop.
#pragma once

#include <asyncio/detail/task/operation.hpp>

#include <utility>

namespace asyncio::detail {

/// Continues in the loop's thread, as every wait of this library does when it starts in another thread, and does
/// nothing else.
class way_home final : public wait_node, public operation<way_home, void> {
 public:
  way_home() = default;
  way_home(way_home&& other) noexcept : wait_node(std::move(other)) {}

  bool cancel_wait() override { return false; }
  [[nodiscard]] wait_info describe() const noexcept override { return {}; }
  void finish() { check_outcome(); }

 private:
  bool arm() override { return true; }
  void disarm() noexcept override {}
};

/// The same as a coroutine, for places where this is so rare that it should not take space in the frame.
[[nodiscard]] awaitable<void> come_home();
/// The loop of the calling coroutine, which continues in the loop's thread.
[[nodiscard]] awaitable<task_loop*> loop_of_coroutine();

}  // namespace asyncio::detail
