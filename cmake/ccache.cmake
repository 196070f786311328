# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# Used when it is there, and only when nobody has chosen a launcher already. A parent project makes that choice itself.
if(PROJECT_IS_TOP_LEVEL AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(ASYNCIO_CCACHE ccache)
  mark_as_advanced(ASYNCIO_CCACHE)
  if(ASYNCIO_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${ASYNCIO_CCACHE}")
  endif()
endif()
