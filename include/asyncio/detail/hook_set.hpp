/// @file
/// The instruments of one loop, as one instrument.
#pragma once

#include <asyncio/instrument.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace asyncio::detail {

class kernel;

/// Tells every instrument, in the order in which they were added. One that throws is removed. Instruments may add and
/// remove instruments while they are told; a new one hears from the next event on.
class hook_set final : public instrument {
 public:
  explicit hook_set(kernel& home) noexcept : kernel_(home) {}

  void add(std::shared_ptr<instrument> hooks);
  /// @return whether it was there.
  bool remove(instrument const& hooks) noexcept;
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

  void run_begin(std::uint64_t main) override;
  void run_end() override;
  void idle_begin() override;
  void idle_end() override;
  void task_created(std::uint64_t task, std::uint64_t creator, source_location where) override;
  void task_named(std::uint64_t task, std::string_view name) override;
  void task_started(std::uint64_t task) override;
  void step_begin(std::uint64_t task) override;
  void step_end(std::uint64_t task) override;
  void blocked(std::uint64_t task, wait_info const& what) override;
  void woken(std::uint64_t task) override;
  void cancel_requested(std::uint64_t task) override;
  void timed_out(std::uint64_t task) override;
  void task_finished(std::uint64_t task, bool cancelled, bool failed) override;

 private:
  struct entry {
    std::shared_ptr<instrument> hooks;
    std::size_t open_steps = 0;  // whose begin it has seen
    bool removed = false;        // stays until nobody is being told
  };
  template <class Call>
  void each(char const* hook, Call&& call) noexcept;
  void drop_removed() noexcept;
  void end_idle() noexcept;
  void log_removal(char const* hook) noexcept;

  kernel& kernel_;
  std::vector<entry> entries_;
  std::size_t count_ = 0;
  unsigned telling_ = 0;
  bool any_removed_ = false;
  bool idle_ = false;
};

}  // namespace asyncio::detail
