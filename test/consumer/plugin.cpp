// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// A shared object of a program's own, into which the libraries are linked.
#include <asyncio/version.hpp>

extern "C" int plugin_version() { return ASYNCIO_VERSION; }
