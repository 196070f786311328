/// @file
/// The way of a stop request, from whatever thread makes it, into a loop.
#pragma once

#include <asyncio/detail/kernel.hpp>

#include <memory>
#include <optional>
#include <stop_token>

namespace asyncio::detail {

/// Gives a node a turn in its loop as soon as a stop is requested. It is connected and disconnected in the loop's thread; the
/// request may come from any.
class stop_link {
 public:
  explicit stop_link(ready_node& turn) noexcept : turn_(turn) {}
  stop_link(stop_link const&) = delete;
  stop_link& operator=(stop_link const&) = delete;
  ~stop_link() { disconnect(); }

  /// A request that was made before counts. Once.
  void connect(kernel& home, std::stop_token const& token);
  /// Waits for a request that is being made by another thread; there is no turn any more.
  void disconnect() noexcept;

 private:
  struct request {
    stop_link* link;
    void operator()() const noexcept { link->requested(); }
  };
  void requested() noexcept;

  ready_node& turn_;
  kernel* home_ = nullptr;
  std::shared_ptr<mailbox> mail_;
  std::optional<std::stop_callback<request>> on_stop_;
};

}  // namespace asyncio::detail
