// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Through which tasks an exception has come: "in 'fetch', awaited by 'main'".
#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/detail/loop/loop_part.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace asyncio::detail {

class task_base;
class task_loop;

/// The trails of the latest exceptions that ended tasks of a loop. An exception is the same one when a join or a gather
/// throws it on into another task; what is thrown instead of it begins a trail of its own. Keeps no exception alive: it
/// is known by its address and its text, for as long as somebody else has it.
class failure_trails final : public loop_part {
 public:
  using loop_type = task_loop;
  static constexpr std::size_t most = 16;

  failure_trails() = default;
  explicit failure_trails(task_loop&) noexcept {}

  /// The exception `e` has ended that task: a new trail, unless it was thrown on into the task.
  void ended(std::exception_ptr const& e, std::uint64_t task, std::string_view name, source_location created_at);
  /// The exception of the task `from` is thrown in the task `to`, which waited for it.
  void thrown_on(std::exception_ptr const& e, std::uint64_t from, std::uint64_t to);

  /// The tasks through which `e` came to its last one, or to `task`: "in task 'fetch' created at a.cpp:3, awaited by
  /// task 'main' created at a.cpp:9", with `between` in the place of ", ". Empty if `e` has ended no task.
  [[nodiscard]] std::string text(std::exception_ptr const& e, std::string_view between, std::uint64_t task = 0) const;

  void loop_ended() noexcept override { trails_.clear(); }

 private:
  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

  struct station {
    std::uint64_t task;
    std::string name;
    source_location created_at;
    std::size_t from;  // the index of the station before
  };
  struct passage {
    std::uint64_t to;
    std::size_t from;
  };
  struct trail {
    void const* address;
    std::string text;
    std::vector<station> stations;
    std::vector<passage> passages;

    /// The index of its latest station in that task, or nowhere.
    [[nodiscard]] std::size_t find(std::uint64_t task) const noexcept;
    /// The index of the station from which it came to that task, or nowhere.
    [[nodiscard]] std::size_t origin(std::uint64_t task) const noexcept;
  };

  [[nodiscard]] trail* find(std::exception_ptr const& e);

  std::vector<trail> trails_;  // the oldest first
};

/// For the table `tools`.
void note_failure(task_base const& task) noexcept;
void note_passage(task_base const& from, task_base const& to) noexcept;
[[nodiscard]] std::string way_to(task_loop& l, std::exception_ptr const& e, std::string_view between,
                                 std::uint64_t task);
[[nodiscard]] std::string story_of(task_loop& l, std::exception_ptr const& e);

}  // namespace asyncio::detail
