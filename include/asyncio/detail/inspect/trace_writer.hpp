// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Writes what a loop does as Chrome trace events, which Perfetto and chrome://tracing show.
#pragma once

#include <asyncio/instrument.hpp>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace asyncio::detail {

class task_loop;

/// A JSON document that grows at its end: the file is complete JSON even if the program is killed.
class growing_json {
 public:
  /// Throws value_error if the file cannot be created.
  explicit growing_json(std::string path);
  growing_json(growing_json const&) = delete;
  growing_json& operator=(growing_json const&) = delete;
  ~growing_json();

  /// Starts the next element, whose text is appended to the returned string.
  [[nodiscard]] std::string& next();
  /// Writes the buffer. @return false after a write error; later data is dropped.
  bool flush() noexcept;
  [[nodiscard]] std::size_t buffered() const noexcept { return buffer_.size(); }

 private:
  std::string path_;
  std::string buffer_;
  std::uint64_t offset_ = 0;  // the end of the last element
  int file_ = -1;
  bool first_ = true;
};

/// A thread of the trace per task: an outer slice for its lifetime, nested slices for its steps and waits; arrows to a
/// task from its creator or waker; a counter of ready tasks; marks for cancellations, timeouts and errors. Memory:
/// O(live tasks).
class trace_writer final : public instrument {
 public:
  trace_writer(task_loop& core, std::string const& path);
  ~trace_writer() override;

  /// Closes the open slices, writes the rest and stops recording.
  void finish() noexcept;

  void idle_begin() override;
  void idle_end() override;
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
  enum class phase : std::uint8_t { ready, running, waiting };
  struct state {
    std::string name;
    source_location where;
    duration created{};
    duration since{};  // the start of the current phase
    std::uint64_t creator = 0;
    std::uint64_t arrow = 0;       // the arrow to its next step
    char const* arrow_name = "";   // the same at both ends, by which Perfetto joins them
    std::uint64_t last_child = 0;  // the last ended task that it created ...
    duration last_child_end{};     // ... and when that ended
    phase now = phase::ready;
    wait_kind wait = wait_kind::raw_operation;
    bool announced = false;
    bool ended = false;
    char const* outcome = "";
  };
  struct step {
    std::uint64_t task;
    duration begin;
  };

  [[nodiscard]] duration now();
  std::string& event(char type, std::uint64_t thread, duration at, std::string_view name);
  void slice(std::uint64_t thread, duration from, duration to, std::string_view name, std::string_view category);
  void mark(std::uint64_t task, std::string_view name);
  void thread_name(std::uint64_t thread, std::string_view name);
  void announce(std::uint64_t task, state& s);
  void begin_arrow(state& to, std::uint64_t from, duration at, char const* name);
  void end_arrow(std::uint64_t task, state& s, duration at);
  void end_life(std::uint64_t task, state& s, duration at);
  void count_ready(int change);
  void flush();

  task_loop& loop_;
  growing_json out_;
  time_point begin_;
  duration last_{};
  std::unordered_map<std::uint64_t, state> tasks_;
  std::vector<step> steps_;
  std::uint64_t arrows_ = 0;
  std::int64_t ready_ = 0;
  bool lost_ = false;
  duration idle_since_{};
  bool idle_ = false;
  bool finished_ = false;
};

}  // namespace asyncio::detail
