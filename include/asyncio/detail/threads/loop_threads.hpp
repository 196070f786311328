// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The thread pool of `to_thread`, as a part of a loop.
#pragma once

#include <asyncio/detail/loop/loop_core.hpp>
#include <asyncio/detail/threads/thread_pool.hpp>

namespace asyncio::detail {

class loop_threads final : public loop_part {
 public:
  using loop_type = loop_core;
  explicit loop_threads(loop_core& home) : pool_(home.settings().max_threads) {}

  [[nodiscard]] thread_pool& pool() noexcept { return pool_; }
  std::size_t end_threads() noexcept override { return pool_.end(); }
  void carried_on(bool) override { pool_.start_again(); }

 private:
  thread_pool pool_;
};

}  // namespace asyncio::detail
