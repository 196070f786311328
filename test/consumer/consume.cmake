# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# cmake -D source=DIR -D binary=DIR -D generator=G -D options=-Dx=y;... -P consume.cmake
# Configures and builds a consumer in an empty folder; what it prints must be the sum of the README's first example.
file(REMOVE_RECURSE "${binary}")
execute_process(COMMAND ${CMAKE_COMMAND} -S "${source}" -B "${binary}" -G "${generator}" ${options}
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build "${binary}" --target consumer COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${binary}/consumer" OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
if(NOT output STREQUAL "29\n")
  message(FATAL_ERROR "expected 29, got: ${output}")
endif()
message(STATUS "the consumer printed 29")
