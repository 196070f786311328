// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// How introspection attaches to loops and to run(), which do not depend on it.
#pragma once

#include <asyncio/fwd.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace asyncio {
class instrument;
}

namespace asyncio::detail {

class task_base;
class task_loop;

/// The tools of one run().
class run_tools {
 public:
  virtual ~run_tools() = default;
  /// Between two handlers: prints what was requested by a signal.
  virtual void between_turns() = 0;
  /// Called at the end of run(): finishes the files.
  virtual void finish() noexcept = 0;
};

/// Selects the tools of a run(), from run_options and environment variables.
struct tool_options {
  std::string trace;     // the file path; empty: none
  std::string timeline;  // the same
  bool dump_signal = false;
  std::vector<std::shared_ptr<instrument>> instruments;

  [[nodiscard]] bool any() const noexcept {
    return dump_signal || !trace.empty() || !timeline.empty() || !instruments.empty();
  }
};

/// Functions provided by the library `asyncio` but not by `asyncio_core` alone.
struct tools {
  std::unique_ptr<run_tools> (*start)(task_loop&, tool_options const&);
  /// Debug mode: reports long steps and wait cycles.
  void (*watch)(loop&, bool on);
  /// The live tasks as a tree, each line preceded by a newline.
  std::string (*live_tree)(task_loop&);
  /// Prints the same to standard error, under a title.
  void (*print_tree)(task_loop&, char const* title) noexcept;
  /// A task has failed.
  void (*failed)(task_base const&) noexcept;
  /// The exception of one task is about to be thrown in another.
  void (*thrown_on)(task_base const& from, task_base const& to) noexcept;
  /// The tasks through which an exception came: failure_trails::text.
  std::string (*way_of)(task_loop&, std::exception_ptr const&, std::string_view between, std::uint64_t task);
  /// What asyncio::main prints of the exception that ended the program: its text with the tasks it has come through.
  std::string (*story_of)(task_loop&, std::exception_ptr const&);

  /// Null if the program has no tools.
  static tools const* attached;
};

/// `tools::live_tree`, or a hint how to enable it.
[[nodiscard]] std::string live_tree(task_loop& l);
/// `tools::way_of`, or nothing. @param between what separates the tasks. @param task the last one; 0: the latest.
[[nodiscard]] std::string way_of(task_loop& l, std::exception_ptr const& e, std::string_view between,
                                 std::uint64_t task);
/// `tools::print_tree`, or the title alone.
void print_tree(task_loop& l, char const* title) noexcept;

}  // namespace asyncio::detail
