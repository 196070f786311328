/// @file
/// The timeline of a run as a page to look at in a browser.
#pragma once

#include <asyncio/instrument.hpp>
#include <asyncio/loop.hpp>

#include <memory>
#include <string>

namespace asyncio {

/// Records what the loop does from now on, and at the end writes one HTML page that needs nothing else: a row per task
/// under the task that created it, when it ran, was ready, waited and for what, who woke and who cancelled it; to be zoomed,
/// searched and asked. With `run` it is `ASYNCIO_TIMELINE=file.html` or `run_options::timeline`; this is for a context that
/// you run yourself. When a process writes to one path several times, the second file is `file.2.html`.
/// @param of the loop. @param path the file. @return the instrument, already added to the loop: it need not be kept.
/// `of.remove_instrument(*it)` stops it; the page is written when the loop and the caller have let go of it.
/// @throws value_error when the file cannot be made. **Threads**: the loop's.
/// **Cost**: about a microsecond a step; 16 bytes of memory for each change of a task's state, at most 64 MiB: then the page
/// says that the rest is missing. A run that is much longer is for `trace_to`.
/// **Example**: `auto page = asyncio::timeline_to(asyncio::loop::of(context), "run.html");`
std::shared_ptr<instrument> timeline_to(loop& of, std::string const& path);

}  // namespace asyncio
