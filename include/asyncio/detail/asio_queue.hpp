/// @file
/// A look into the queue of an io_context. Nothing here runs or removes a handler.
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
  /// The handlers in those `size` bytes are the loop's own.
  asio_queue(boost::asio::io_context& context, void const* own, std::size_t size);

  /// Whether all handlers that are queued are the loop's own, or were accepted in the same moment. In the loop's thread.
  [[nodiscard]] bool is_quiet(std::uint64_t moment) const;
  /// What is queued now does not count until another moment has come: no handler may run before that.
  void accept(std::uint64_t moment);
  void forget() noexcept { accepted_in_ = never; }

 private:
  static constexpr auto never = static_cast<std::uint64_t>(-1);
  [[nodiscard]] bool is_own(void const* handler) const noexcept;

  boost::asio::detail::scheduler& scheduler_;
  std::byte const* own_;
  std::size_t size_;
  std::uint64_t accepted_in_ = never;
  void const* accepted_[2] = {};  // the last ones
};

}  // namespace asyncio::detail
