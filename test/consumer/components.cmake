# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# cmake -D source=DIR -D binary=DIR -D generator=G -D options=-Dx=y;... -D prefix=DIR -D prefix_without_kit=DIR -P components.cmake
# Which components of the installed package are found, and what is said about the others.
set(configure ${CMAKE_COMMAND} -S "${source}" -B "${binary}" -G "${generator}" ${options})

file(REMOVE_RECURSE "${binary}")
execute_process(COMMAND ${configure} "-DCMAKE_PREFIX_PATH=${prefix}" -DKIT=ON COMMAND_ERROR_IS_FATAL ANY)
file(REMOVE_RECURSE "${binary}")
execute_process(COMMAND ${configure} "-DCMAKE_PREFIX_PATH=${prefix_without_kit}" -DKIT=OFF COMMAND_ERROR_IS_FATAL ANY)

execute_process(COMMAND ${configure} -DREQUIRED=testing RESULT_VARIABLE result OUTPUT_QUIET ERROR_VARIABLE error)
string(REGEX REPLACE "[ \n]+" " " error "${error}") # CMake breaks the lines
if(result EQUAL 0 OR NOT error MATCHES "the component \"testing\" of asyncio was not installed here [^;]*; there are core, asyncio")
  message(FATAL_ERROR "no sentence that helps:\n${error}")
endif()
