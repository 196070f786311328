/// @file
/// What `add_done_callback` of tasks and futures registers.
#pragma once

#include <asyncio/detail/kernel.hpp>
#include <asyncio/loop.hpp>

#include <cstddef>
#include <cstdint>

namespace asyncio::detail {

/// Stands among the waiters of a task or a future, then in the ready queue, and goes when it was called.
class done_callback : public ready_node {
 public:
  explicit done_callback(kernel& home);
  /// For remove_done_callback: no other callback of the process has it.
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

  void run() override;
  void abandon() noexcept override { delete this; }

 protected:
  virtual ~done_callback() = default;
  virtual void call() = 0;
  /// Whose callback it is, for the report of an exception it throws.
  virtual void describe(exception_context& what) const = 0;
  friend std::size_t remove_done_callback(list<ready_node>& waiters, std::uint64_t number);

 private:
  kernel& home_;
  std::uint64_t number_;
  context_slot context_;
};

/// Takes a callback that was not called yet out of `waiters`. @return how many there were: 0 or 1.
std::size_t remove_done_callback(list<ready_node>& waiters, std::uint64_t number);

}  // namespace asyncio::detail
