/// @file
/// The test kit: virtual time, deterministic order. It needs no test framework; a coroutine as the body of a test case is in
/// `<asyncio/testing/boost_test.hpp>`, `<asyncio/testing/gtest.hpp>` and `<asyncio/testing/catch2.hpp>`.
#pragma once

#include <asyncio/testing/control.hpp>
#include <asyncio/testing/everywhere.hpp>
#include <asyncio/testing/kept.hpp>
#include <asyncio/testing/run.hpp>
#include <asyncio/testing/sequencer.hpp>
#include <asyncio/testing/ways.hpp>
