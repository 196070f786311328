// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The timeline of a run as a page for the browser.
#pragma once

#include <asyncio/instrument.hpp>
#include <asyncio/loop.hpp>

#include <memory>
#include <string>

namespace asyncio {

/// Records what the loop does from now on, and finally writes one self-contained HTML page: a row per task under the
/// task that created it, showing when it ran, was ready, waited and for what, and who woke and cancelled it. It can be
/// zoomed and searched. With `run` it is `ASYNCIO_TIMELINE=file.html` or `run_options::timeline`; this function is for
/// a context that you run yourself. If a process writes to the same path again, the second file is `file.2.html`.
/// @param of the loop. @param path the file. @return the instrument, already added to the loop; it need not be kept.
/// `of.remove_instrument(*it)` stops it; the page is written when the loop and the caller have released it.
/// @throws value_error if the file cannot be created. **Threads**: the loop's.
/// **Cost**: about a microsecond per step; 16 bytes per change of a task's state, up to 64 MiB, after which the page is
/// marked as truncated. Use `trace_to` for much longer runs.
/// **Example**: `auto page = asyncio::timeline_to(asyncio::loop::of(context), "run.html");`
std::shared_ptr<instrument> timeline_to(loop& of, std::string const& path);

}  // namespace asyncio
