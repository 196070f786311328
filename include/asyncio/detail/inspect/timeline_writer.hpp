// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Records a run and writes it as a page.
#pragma once

#include <asyncio/instrument.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace asyncio::detail {

class task_loop;

/// src/timeline.html; `@DATA@` is replaced by the recorded run.
extern std::string_view const timeline_page;

/// The data of the page, one JSON object; times are nanoseconds since the recording began:
///
///     { "end": T, "virtual": B, "truncated": B,   when it ended; virtual time; the recording was cut off
///       "labels": ["sleep", ...],
///       "tasks": [{ "id": N, "parent": N, "name": S, "at": "file.cpp:12", "from": T, "to": T, "end": S,
///                   "s": [T, C, T, C, ...] }],       from T on: C = 0 ready, 1 running, 2 + i waits for labels[i]
///       "wakes": [[T, N, T, N], ...],                what task did at T1 woke task 2 at T2
///       "cancels": [[T, N, N], ...],                 task 1 (0: none) cancelled task 2
///       "timeouts": [[T, N], ...] }                  a timeout of the task expired
class timeline_writer final : public instrument {
 public:
  timeline_writer(task_loop& core, std::string const& path);
  ~timeline_writer() override;

  /// Writes the page and stops recording.
  void finish() noexcept;

  void task_created(std::uint64_t task, std::uint64_t creator, source_location where) override;
  void task_named(std::uint64_t task, std::string_view name) override;
  void step_begin(std::uint64_t task) override;
  void step_end(std::uint64_t task) override;
  void blocked(std::uint64_t task, wait_info const& what) override;
  void woken(std::uint64_t task) override;
  void cancel_requested(std::uint64_t task) override;
  void timed_out(std::uint64_t task) override;
  void task_finished(std::uint64_t task, bool cancelled, bool failed) override;

 private:
  static constexpr std::uint32_t ready = 0;
  static constexpr std::uint32_t running = 1;
  static constexpr std::uint32_t first_label = 2;
  struct change {
    duration at;
    std::uint32_t to;
  };
  struct record {
    std::uint64_t id;
    std::uint64_t parent;
    std::string name;
    source_location where;
    duration from;
    duration to{};
    char const* end = "";
    std::vector<change> changes;
    std::uint32_t waits_for = 0;  // the label; 0: an Asio operation
    std::size_t last_child = 0;   // one more than the index of the last ended task it created
  };
  struct wake {
    duration at;
    std::uint64_t by;
    duration then;
    std::uint64_t task;
  };
  struct cancel {
    duration at;
    std::uint64_t by;
    std::uint64_t task;
  };

  [[nodiscard]] duration now();
  [[nodiscard]] record* find(std::uint64_t task);
  [[nodiscard]] std::uint32_t label(std::string text);
  void change_to(record& r, duration at, std::uint32_t state);
  [[nodiscard]] std::string data() const;
  void write() const;

  task_loop& loop_;
  std::string path_;
  time_point begin_;
  bool virtual_time_;
  duration last_{};
  std::vector<record> tasks_;
  std::unordered_map<std::uint64_t, std::size_t> index_;
  std::vector<std::string> labels_;
  std::unordered_map<std::string, std::uint32_t> label_numbers_;
  std::unordered_map<void const*, std::size_t> objects_;
  std::vector<std::uint64_t> steps_;
  std::vector<wake> wakes_;
  std::vector<cancel> cancels_;
  std::vector<cancel> timeouts_;
  std::size_t recorded_ = 0;
  bool truncated_ = false;
  bool finished_ = false;
};

}  // namespace asyncio::detail
