/// @file
/// Writes what a loop does as Chrome trace events, which Perfetto and chrome://tracing show.
#pragma once

#include <asyncio/instrument.hpp>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace asyncio::detail {

class kernel;

/// One JSON document that grows at its end: whatever happens to the program, what is on disk is complete JSON.
class growing_json {
 public:
  /// Throws value_error when the file cannot be made.
  explicit growing_json(std::string path);
  growing_json(growing_json const&) = delete;
  growing_json& operator=(growing_json const&) = delete;
  ~growing_json();

  /// Begins the next element: what is appended to the returned text belongs to it.
  [[nodiscard]] std::string& next();
  /// Writes what is buffered. @return false once the file could not be written; the rest is dropped then.
  bool flush() noexcept;
  [[nodiscard]] std::size_t buffered() const noexcept { return buffer_.size(); }

 private:
  std::string path_;
  std::string buffer_;
  std::uint64_t offset_ = 0;  // of the end of the last element
  int file_ = -1;
  bool first_ = true;
};

/// A thread of the trace per task: an outer slice for its life, inside it slices for its steps and waits; arrows from who
/// creates or wakes a task to it; a counter of ready tasks; marks for cancels, timeouts and errors. Memory: O(live tasks).
class trace_writer final : public instrument {
 public:
  trace_writer(kernel& k, std::string const& path);
  ~trace_writer() override;

  /// Ends what has not ended and writes the rest; nothing is recorded afterwards.
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
    duration since{};   // in the present phase
    std::uint64_t creator = 0;
    std::uint64_t arrow = 0;       // that points to its next step
    char const* arrow_name = "";   // both ends bear it: Perfetto joins them by it
    std::uint64_t last_child = 0;  // the task it created that ended last ...
    duration last_child_end{};     // ... and when
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

  kernel& kernel_;
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
