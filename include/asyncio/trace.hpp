/// @file
/// A trace of what a loop does, for Perfetto (ui.perfetto.dev) and chrome://tracing.
#pragma once

#include <asyncio/instrument.hpp>
#include <asyncio/loop.hpp>

#include <memory>
#include <string>

namespace asyncio {

/// Writes Chrome trace JSON of everything the loop does from now on: one thread of the trace per task with its steps and
/// waits as slices, arrows from who creates or wakes a task, a counter of ready tasks, marks for cancels, timeouts and errors.
/// With `run` it is `ASYNCIO_TRACE=file.json` or `run_options::trace`; this is for a context that you run yourself.
/// The file is written as the program goes and is complete JSON at any time, also when the program is killed; memory does
/// not grow with its length. When a process writes to one path several times, the second file is `file.2.json`.
/// @param of the loop. @param path the file. @return the instrument, already added to the loop: it need not be kept.
/// `of.remove_instrument(*it)` stops it; the file is finished when the loop and the caller have let go of it.
/// @throws value_error when the file cannot be made. **Threads**: the loop's. **Cost**: about a microsecond a step.
/// **Example**: `auto trace = asyncio::trace_to(asyncio::loop::of(context), "trace.json");`
std::shared_ptr<instrument> trace_to(loop& of, std::string const& path);

}  // namespace asyncio
