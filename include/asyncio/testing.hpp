/// @file
/// The test kit: virtual time, deterministic order, a coroutine as the body of a Boost.Test case.
#pragma once

#include <asyncio/testing/boost_test.hpp>
#include <asyncio/testing/control.hpp>
#include <asyncio/testing/everywhere.hpp>
#include <asyncio/testing/kept.hpp>
#include <asyncio/testing/run.hpp>
#include <asyncio/testing/sequencer.hpp>
#include <asyncio/testing/ways.hpp>
