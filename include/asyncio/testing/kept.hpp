// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Deprecated alias of `<asyncio/testing/keep_alive.hpp>`, kept for one version.
#pragma once

#include <asyncio/testing/keep_alive.hpp>
