// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/loop/ready_queue.hpp>
#include <asyncio/detail/loop/step_observer.hpp>

#include <random>
#include <utility>
#include <vector>

namespace asyncio::detail {

struct ready_queue::shuffler {
  explicit shuffler(std::uint64_t seed) : bits(seed) {}

  /// A uniformly distributed number from 0 to `last`.
  std::uint64_t up_to(std::uint64_t last) {
    std::uint64_t const range = last + 1;
    std::uint64_t const limit = bits.max() - bits.max() % range;
    std::uint64_t drawn = bits();
    while (drawn >= limit) drawn = bits();
    return drawn % range;
  }

  std::mt19937_64 bits;
};

/// Moves in front of each node of a batch in turn, to notify the observer.
class ready_queue::observer_point final : public ready_node {
 public:
  explicit observer_point(ready_queue& queue) noexcept : queue_(queue) {}
  ~observer_point() { unlink(); }

  /// Moves to the front.
  void stand_first() noexcept {
    unlink();  // an exception has interrupted the previous batch
    if (queue_.batch_.empty()) return;
    list<ready_node> rest;
    rest.splice_back(queue_.batch_);
    queue_.batch_.push_back(*this);
    queue_.batch_.splice_back(rest);
  }
  void run() override {
    queue_.observer_->before_step();
    if (queue_.batch_.empty()) return;
    list<ready_node> rest;
    rest.splice_back(queue_.batch_);
    queue_.batch_.push_back(rest.pop_front());
    if (rest.empty()) return;
    queue_.batch_.push_back(*this);
    queue_.batch_.splice_back(rest);
  }
  void abandon() noexcept override {}

 private:
  ready_queue& queue_;
};

ready_queue::ready_queue() noexcept = default;
ready_queue::~ready_queue() = default;

void ready_queue::shuffle_passes(std::uint64_t seed) {
  shuffler_ = std::make_unique<shuffler>(seed);
  special_ = true;
}

void ready_queue::set_observer(step_observer& o) {
  observer_ = &o;
  point_ = std::make_unique<observer_point>(*this);
  special_ = true;
}

void ready_queue::prepare_pass() {
  if (shuffler_) shuffle_batch();
  if (point_) point_->stand_first();
}

void ready_queue::end_pass() noexcept {
  if (batch_.empty()) return;
  batch_.splice_back(ready_);
  ready_.splice_back(batch_);
}

bool ready_queue::abandon_all() noexcept {
  bool any = false;
  for (auto* const nodes : {&batch_, &ready_})
    for (; !nodes->empty(); any = true) nodes->pop_front().abandon();
  return any;
}

void ready_queue::shuffle_batch() {
  std::vector<ready_node*> nodes;
  nodes.reserve(batch_.size());
  list<ready_node> first;
  while (!batch_.empty()) {
    ready_node& next = batch_.pop_front();
    if (next.goes_first()) {
      first.push_back(next);
    } else {
      nodes.push_back(&next);
    }
  }
  for (std::size_t i = nodes.size(); i > 1; --i) std::swap(nodes[i - 1], nodes[shuffler_->up_to(i - 1)]);
  batch_.splice_back(first);
  for (ready_node* const n : nodes) batch_.push_back(*n);
}

}  // namespace asyncio::detail
