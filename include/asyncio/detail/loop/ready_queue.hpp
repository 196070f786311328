// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The ready queue of a loop, independent of the loop.
#pragma once

#include <asyncio/detail/loop/ready_node.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace asyncio::detail {

class step_observer;

/// A FIFO queue. As in asyncio, a pass runs the nodes that were ready when it began (the batch); nodes that become
/// ready meanwhile wait for the next pass.
class ready_queue {
 public:
  ready_queue() noexcept;
  ready_queue(ready_queue const&) = delete;
  ready_queue& operator=(ready_queue const&) = delete;
  ~ready_queue();

  void push(ready_node& node) noexcept { ready_.push_back(node); }
  void splice(list<ready_node>& nodes) noexcept { ready_.splice_back(nodes); }
  /// Whether the next pass has something to do.
  [[nodiscard]] bool empty() const noexcept { return ready_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return ready_.size() + batch_.size(); }

  /// Runs one pass. @return how many nodes were run. An exception leaves the rest of the batch: see end_pass().
  std::size_t run_pass() {
    batch_.splice_back(ready_);
    if (special_) [[unlikely]]
      prepare_pass();
    std::size_t ran = 0;
    while (!batch_.empty()) {
      ++ran;
      ready_node& next = batch_.pop_front();
      __builtin_prefetch(batch_.front_address());
      next.run();
    }
    return ran;
  }
  /// Puts the rest of an interrupted batch back to the front.
  void end_pass() noexcept;
  /// The next node of the current pass, which stays queued; null if there is none.
  [[nodiscard]] ready_node* next_in_pass() noexcept { return batch_.empty() ? nullptr : &batch_.front(); }
  /// Abandons all queued nodes. @return whether there were any.
  bool abandon_all() noexcept;

  /// Runs each pass in a random order from now on. Uses a separate generator: the program's random numbers are
  /// unaffected.
  void shuffle_passes(std::uint64_t seed);
  [[nodiscard]] bool shuffles() const noexcept { return shuffler_ != nullptr; }
  /// Notifies `o` before each node.
  void set_observer(step_observer& o);
  [[nodiscard]] step_observer* observer() const noexcept { return observer_; }

 private:
  class observer_point;
  struct shuffler;
  /// Shuffles the batch, places the observer.
  [[gnu::cold]] void prepare_pass();
  [[gnu::cold]] void shuffle_batch();

  list<ready_node> ready_;
  list<ready_node> batch_;
  bool special_ = false;  // passes are shuffled or observed
  step_observer* observer_ = nullptr;
  std::unique_ptr<observer_point> point_;
  std::unique_ptr<shuffler> shuffler_;
};

}  // namespace asyncio::detail
