/// @file
/// Everything but the test kit.
#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/clock.hpp>
#include <asyncio/config.hpp>
#include <asyncio/context.hpp>
#include <asyncio/error.hpp>
#include <asyncio/fwd.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/instrument.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/random.hpp>
#include <asyncio/random_delay.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/version.hpp>
