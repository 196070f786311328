// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// A trace of what a loop does, for Perfetto (ui.perfetto.dev) and chrome://tracing.
#pragma once

#include <asyncio/instrument.hpp>
#include <asyncio/loop.hpp>

#include <memory>
#include <string>

namespace asyncio {

/// Writes Chrome trace JSON of everything the loop does from now on: one thread of the trace per task with its steps
/// and waits as slices, arrows from the creator or waker of a task, a counter of ready tasks, and marks for
/// cancellations, timeouts and errors. With `run` it is `ASYNCIO_TRACE=file.json` or `run_options::trace`; this
/// function is for a context that you run yourself.
/// The file is written continuously and is complete JSON at any time, even if the program is killed; memory use does
/// not grow with its length. If a process writes to the same path again, the second file is `file.2.json`.
/// @param of the loop. @param path the file. @return the instrument, already added to the loop; it need not be kept.
/// `of.remove_instrument(*it)` stops it; the file is finished when the loop and the caller have released it.
/// @throws value_error if the file cannot be created. **Threads**: the loop's. **Cost**: about a microsecond per step.
/// **Example**: `auto trace = asyncio::trace_to(asyncio::loop::of(context), "trace.json");`
std::shared_ptr<instrument> trace_to(loop& of, std::string const& path);

}  // namespace asyncio
