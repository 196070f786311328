# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# cmake -D source=DIR -D binary=DIR -D generator=G -D options=-Dx=y;... -D prefix=DIR -P partial_build.cmake
# Installing after a build of some targets only says what builds the others, and copies nothing. Empty files stand for the
# libraries: nothing is compiled. In the end the package without the test kit is in prefix.
set(configure ${CMAKE_COMMAND} -S "${source}" -B "${binary}" -G "${generator}" ${options}
  -DASYNCIO_BUILD_TESTS=OFF -DASYNCIO_BUILD_SAMPLES=OFF -DASYNCIO_BUILD_BENCH=OFF)
set(install ${CMAKE_COMMAND} --install "${binary}" --prefix "${prefix}")

file(REMOVE_RECURSE "${binary}" "${prefix}")
execute_process(COMMAND ${configure} COMMAND_ERROR_IS_FATAL ANY)
file(TOUCH "${binary}/src/libasyncio_core.a" "${binary}/src/libasyncio.a")
execute_process(COMMAND ${install} RESULT_VARIABLE result OUTPUT_QUIET ERROR_VARIABLE error)
string(REGEX REPLACE "[ \n]+" " " error "${error}") # CMake breaks the lines
if(result EQUAL 0)
  message(FATAL_ERROR "installed without libasyncio_testing.a")
endif()
string(FIND "${error}" "not all of it has been built (libasyncio_testing.a); build it first: \
cmake --build \"${binary}\" --target asyncio_testing " position)
if(position EQUAL -1)
  message(FATAL_ERROR "no sentence that helps:\n${error}")
endif()
if(EXISTS "${prefix}")
  message(FATAL_ERROR "something was copied to ${prefix}")
endif()

execute_process(COMMAND ${configure} -DASYNCIO_BUILD_TEST_KIT=OFF COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${install} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(GLOB_RECURSE kit "${prefix}/*testing*")
if(kit)
  message(FATAL_ERROR "a part of the test kit was installed: ${kit}")
endif()
