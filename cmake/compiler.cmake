# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# g++ 12.0 to 12.2 make wrong code of some coroutines, whoever wrote them: whoever configures with one is told where to read on.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 12
    AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12.3)
  message(STATUS "g++ ${CMAKE_CXX_COMPILER_VERSION} makes wrong code of some coroutines; which, and what to write instead: "
                 "${PROJECT_SOURCE_DIR}/doc/gcc-12.md")
endif()
