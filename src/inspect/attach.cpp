// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Attaches introspection to every program that links the library `asyncio`.
#include <asyncio/detail/inspect/debug_watch.hpp>
#include <asyncio/detail/inspect/dump_signal.hpp>
#include <asyncio/detail/inspect/failure_trails.hpp>
#include <asyncio/detail/inspect/snapshot.hpp>
#include <asyncio/detail/inspect/timeline_writer.hpp>
#include <asyncio/detail/inspect/trace_writer.hpp>
#include <asyncio/detail/loop/tools.hpp>

#include <optional>

/// Makes linkers extract this file from the static library: asyncio::asyncio has the link option
/// `--undefined=asyncio_introspection`.
extern "C" char const asyncio_introspection;
char const asyncio_introspection = 1;

namespace asyncio::detail {

namespace {

class tools_of_run final : public run_tools {
 public:
  tools_of_run(task_loop& l, tool_options const& options) {
    loop& home = l.owner();
    if (!options.trace.empty()) home.add_instrument(trace_ = std::make_shared<trace_writer>(l, options.trace));
    if (!options.timeline.empty())
      home.add_instrument(timeline_ = std::make_shared<timeline_writer>(l, options.timeline));
    for (auto const& i : options.instruments) home.add_instrument(i);
    if (options.dump_signal) dump_.emplace(l);
  }

  void between_turns() override {
    if (dump_ && dump_->take()) dump_->print();
  }
  void finish() noexcept override {
    if (trace_) trace_->finish();
    if (timeline_) timeline_->finish();
  }

 private:
  std::shared_ptr<trace_writer> trace_;
  std::shared_ptr<timeline_writer> timeline_;
  std::optional<dump_signal> dump_;
};

constexpr tools all{
    .start = [](task_loop& l, tool_options const& options) -> std::unique_ptr<run_tools> {
      return std::make_unique<tools_of_run>(l, options);
    },
    .watch = watch_steps,
    .live_tree = live_tree_of,
    .print_tree = dump_tree,
    .failed = note_failure,
    .thrown_on = note_passage,
    .way_of = way_to,
    .story_of = story_of,
};

/// Initialised before main().
[[maybe_unused]] bool const attached = (tools::attached = &all, true);

}  // namespace
}  // namespace asyncio::detail
