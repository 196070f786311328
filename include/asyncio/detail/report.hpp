/// @file
/// Telling a loop's exception handler of an exception that nobody took, also when that loop may be gone.
#pragma once

#include <asyncio/loop.hpp>

namespace asyncio::detail {

/// Calls the exception handler of `home`, with `context` as the current one (null: as it is). To the log instead when the
/// loop is gone (null) or belongs to another thread.
void report(kernel* home, context_slot* context, exception_context const& what) noexcept;

}  // namespace asyncio::detail
