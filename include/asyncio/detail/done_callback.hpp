/// @file
/// What `add_done_callback` of tasks and futures registers.
#pragma once

#include <asyncio/detail/kernel.hpp>
#include <asyncio/loop.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

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
  friend class callback_index;

 private:
  kernel& home_;
  std::uint64_t number_;
  context_slot context_;
};

/// The callbacks among the waiters of a task or a future that has not ended, by their numbers. It is made when one of many
/// is removed for the first time: until then callbacks cost nothing but themselves.
class callback_index {
 public:
  /// For a callback that was added to the waiters.
  static void added(std::unique_ptr<callback_index>& index, done_callback& cb) noexcept;
  /// Takes a callback that was not called yet out of `waiters`. @return how many there were: 0 or 1.
  static std::size_t remove(std::unique_ptr<callback_index>& index, list<ready_node>& waiters, std::uint64_t number);

 private:
  std::unordered_map<std::uint64_t, done_callback*> known_;
};

}  // namespace asyncio::detail
