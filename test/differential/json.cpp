// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Boost.JSON's compiled part, which is header-only here: Debian's library is not needed for a test.
#include <boost/json/src.hpp>
