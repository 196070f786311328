// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Compiler and Boost requirements.
#pragma once

#include <boost/version.hpp>

#if BOOST_VERSION < 108100
#error "asyncio-cpp needs Boost 1.81 or newer. On Debian 12: apt-get install libboost1.81-dev libboost-test1.81-dev"
#include <asyncio/needs/boost_1_81>  // no such file: stops the compiler here, before thousands of follow-up errors
#endif

// g++ given both -std=c++20 and -std=c++17 has coroutines but not the rest of C++20.
#if __cplusplus < 201709L || (!defined(__cpp_impl_coroutine) && !defined(__cpp_coroutines))
#error "asyncio-cpp needs C++20 coroutines: compile with -std=c++20"
#include <asyncio/needs/std_cxx20>  // the same
#endif

/// 1 on g++ 12.0 to 12.2, which destroys a capturing temporary twice when its full-expression contains co_await.
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ == 12 && __GNUC_MINOR__ <= 2
#define ASYNCIO_GCC12_COROUTINE_BUG 1
#else
#define ASYNCIO_GCC12_COROUTINE_BUG 0
#endif
