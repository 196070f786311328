// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The test kit: virtual time, deterministic order. It needs no test framework; test cases with a coroutine as the body
/// are in `<asyncio/testing/boost_test.hpp>`, `<asyncio/testing/gtest.hpp>` and `<asyncio/testing/catch2.hpp>`.
#pragma once

#include <asyncio/testing/control.hpp>
#include <asyncio/testing/every_step.hpp>
#include <asyncio/testing/keep_alive.hpp>
#include <asyncio/testing/run.hpp>
#include <asyncio/testing/sequencer.hpp>
#include <asyncio/testing/variations.hpp>
