// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The version of the library; the build system reads it from this file.
#pragma once

#define ASYNCIO_VERSION_MAJOR 0
#define ASYNCIO_VERSION_MINOR 1
#define ASYNCIO_VERSION_PATCH 0
/// A single number for comparisons: major * 10000 + minor * 100 + patch.
#define ASYNCIO_VERSION (ASYNCIO_VERSION_MAJOR * 10000 + ASYNCIO_VERSION_MINOR * 100 + ASYNCIO_VERSION_PATCH)
