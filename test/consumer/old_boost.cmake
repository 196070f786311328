# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# cmake -D source=DIR -D binary=DIR -D generator=G -D options=-Dx=y;... -P old_boost.cmake
# Where there are only the headers of Boost 1.74, configuring must stop with the name of the package that helps.
file(REMOVE_RECURSE "${binary}")
file(WRITE "${binary}/include/boost/version.hpp" "#define BOOST_VERSION 107400\n#define BOOST_LIB_VERSION \"1_74\"\n")
execute_process(COMMAND ${CMAKE_COMMAND} -S "${source}" -B "${binary}/build" -G "${generator}" ${options}
  -DBoost_NO_BOOST_CMAKE=ON "-DBoost_INCLUDE_DIR=${binary}/include"
  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(result EQUAL 0)
  message(FATAL_ERROR "Boost 1.74 was accepted")
endif()
if(NOT output MATCHES "Boost 1\\.81 or later" OR NOT output MATCHES "libboost1\\.81-dev")
  message(FATAL_ERROR "no sentence that helps:\n${output}")
endif()
