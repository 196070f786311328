// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Inspects the handler queue of an io_context. Never runs or removes a handler.
#pragma once

#include <cstddef>
#include <cstdint>

namespace boost::asio {
class io_context;
namespace detail {
class scheduler;
}
}  // namespace boost::asio

namespace asyncio::detail {

class asio_queue {
 public:
  /// Handlers in the `size` bytes at `own` belong to the loop.
  asio_queue(boost::asio::io_context& context, void const* own, std::size_t size);

  /// Whether all queued handlers belong to the loop or were accepted at the same `moment`. In the loop's thread.
  [[nodiscard]] bool is_quiet(std::uint64_t moment) const;
  /// Ignores the handlers queued now until `moment` changes; no handler may run before that.
  void accept(std::uint64_t moment);
  void forget() noexcept { accepted_in_ = never; }

 private:
  static constexpr auto never = static_cast<std::uint64_t>(-1);
  [[nodiscard]] bool is_own(void const* handler) const noexcept;

  boost::asio::detail::scheduler& scheduler_;
  std::byte const* own_;
  std::size_t size_;
  std::uint64_t accepted_in_ = never;
  void const* accepted_[2] = {};  // the last handlers accepted
};

}  // namespace asyncio::detail
