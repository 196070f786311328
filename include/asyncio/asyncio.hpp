// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Includes everything except the test kit.
#pragma once

#include <asyncio/detail/base/callable.hpp>  // first, to keep its error messages free of a long include trace

// The shorter the way to a header, the shorter is what a compiler says of a mistake.
#include <asyncio/loop.hpp>
#include <asyncio/task.hpp>

#include <asyncio/as_completed.hpp>
#include <asyncio/as_result.hpp>
#include <asyncio/awaitable.hpp>
#include <asyncio/barrier.hpp>
#include <asyncio/cancellation_token.hpp>
#include <asyncio/capacity_limiter.hpp>
#include <asyncio/clock.hpp>
#include <asyncio/condition.hpp>
#include <asyncio/config.hpp>
#include <asyncio/context.hpp>
#include <asyncio/debug.hpp>
#include <asyncio/error.hpp>
#include <asyncio/event.hpp>
#include <asyncio/exception_group.hpp>
#include <asyncio/finally.hpp>
#include <asyncio/future.hpp>
#include <asyncio/fwd.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/instrument.hpp>
#include <asyncio/lock.hpp>
#include <asyncio/loop_token.hpp>
#include <asyncio/main.hpp>
#include <asyncio/queue.hpp>
#include <asyncio/race.hpp>
#include <asyncio/random.hpp>
#include <asyncio/random_delay.hpp>
#include <asyncio/retry.hpp>
#include <asyncio/run.hpp>
#include <asyncio/run_coroutine_threadsafe.hpp>
#include <asyncio/semaphore.hpp>
#include <asyncio/shield.hpp>
#include <asyncio/signal_receiver.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task_group.hpp>
#include <asyncio/task_set.hpp>
#include <asyncio/task_snapshot.hpp>
#include <asyncio/timeline.hpp>
#include <asyncio/timeout.hpp>
#include <asyncio/to_thread.hpp>
#include <asyncio/trace.hpp>
#include <asyncio/version.hpp>
#include <asyncio/wait.hpp>
