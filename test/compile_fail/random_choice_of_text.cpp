// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::random: a string literal is not a sequence of its letters
#include <asyncio/asyncio.hpp>

char mistake() { return asyncio::random::choice("abc"); }
