/// @file
/// The way of a coroutine that another thread has resumed back to its loop.
#pragma once

#include <asyncio/detail/operation.hpp>

#include <utility>

namespace asyncio::detail {

/// Goes on in the loop's thread: what any wait of this library does that is begun in another thread, and nothing else.
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

/// The same as a coroutine, for places where that is so rare that nothing should be kept for it.
[[nodiscard]] awaitable<void> come_home();
/// The loop of the calling coroutine, in whose thread it goes on.
[[nodiscard]] awaitable<kernel*> loop_of_coroutine();

}  // namespace asyncio::detail
