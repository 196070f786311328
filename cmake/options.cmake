# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# Whoever adds this project to his own build gets the library and nothing else.
option(ASYNCIO_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(ASYNCIO_BUILD_SAMPLES "Build the samples" ${PROJECT_IS_TOP_LEVEL})
option(ASYNCIO_BUILD_BENCH "Build the benchmarks, if google-benchmark is installed" ${PROJECT_IS_TOP_LEVEL})
option(ASYNCIO_BUILD_TEST_KIT "Build and install the test kit, asyncio::testing; OFF: it is built if something links it"
  ${PROJECT_IS_TOP_LEVEL})
option(ASYNCIO_INSTALL "Generate the install rules" ${PROJECT_IS_TOP_LEVEL})
option(ASYNCIO_WARNINGS "Compile our own code with our warnings" ${PROJECT_IS_TOP_LEVEL})
option(ASYNCIO_WERROR "Treat those warnings as errors" OFF)
option(ASYNCIO_TEST_CONSUMERS "Test the installed package from outside (needs ASYNCIO_INSTALL and ASYNCIO_BUILD_TEST_KIT)"
  ${PROJECT_IS_TOP_LEVEL})
option(ASYNCIO_VERIFY_HEADERS "Compile every public header on its own" OFF)

# For a build from scratch: it takes 2 s off each file. Off for who edits, because it costs 200 MB in every build folder, needs
# ccache's sloppy mode and hides missing includes.
option(ASYNCIO_PRECOMPILE "Compile our own code with a precompiled <asyncio/asyncio.hpp>" OFF)
mark_as_advanced(ASYNCIO_PRECOMPILE)

option(ASYNCIO_FUZZ "Build the libFuzzer target (clang)" OFF)

set(ASYNCIO_SANITIZE "" CACHE STRING "Sanitizers of the library and of all that links it: address,undefined or thread")
set_property(CACHE ASYNCIO_SANITIZE PROPERTY STRINGS "" "address,undefined" "thread")
