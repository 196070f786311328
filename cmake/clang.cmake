# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# Toolchain file of the clang presets: the newest clang there is, 14 (what a fresh Debian 12 installs) or later.
# Debian's versioned names come first, because plain clang++ is the distribution's default and not the newest.
set(names "")
foreach(version RANGE 30 14 -1)
  list(APPEND names clang++-${version})
endforeach()
find_program(ASYNCIO_CLANG NAMES ${names} clang++ NO_CMAKE_FIND_ROOT_PATH)
if(NOT ASYNCIO_CLANG)
  message(FATAL_ERROR "The clang presets need clang 14 or later. On Debian 12: apt-get install clang")
endif()
set(CMAKE_CXX_COMPILER "${ASYNCIO_CLANG}")
