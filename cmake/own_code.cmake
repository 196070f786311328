# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# What this repository demands of its own code and never of its users: a function on targets, not directory flags.
function(asyncio_own_code target)
  # Later Boost releases remove the deprecated names; this is what keeps them out.
  target_compile_definitions(${target} PRIVATE BOOST_ASIO_NO_DEPRECATED)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  if(ASYNCIO_WARNINGS)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor)
    if(ASYNCIO_WERROR)
      target_compile_options(${target} PRIVATE -Werror)
    endif()
  endif()
  if(ASYNCIO_PRECOMPILE)
    asyncio_precompile(${target})
  endif()
endfunction()

# For the libraries: a function that a program does not call can be left out of it (-Wl,--gc-sections).
function(asyncio_own_sections target)
  target_compile_options(${target} PRIVATE -ffunction-sections -fdata-sections)
endfunction()

# For the libraries: they can be linked into a shared object as well as into a program. g++ would then expect that somebody
# replaces our functions, and inline none of them into its neighbours; and each use of a thread-local variable would be a call.
# They are some ten bytes, for which glibc has room in a library that is loaded at run time, too.
function(asyncio_own_position target)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_compile_options(${target} PRIVATE -ftls-model=initial-exec)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -fno-semantic-interposition)
  endif()
endfunction()

# Sources of the calling folder that are nobody's hot path. Not in debug builds, which are to be debugged.
function(asyncio_compile_for_size)
  if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
    # A precompiled header is good for one level of optimisation only.
    set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS -Os SKIP_PRECOMPILE_HEADERS ON)
  endif()
endfunction()

# One precompiled header, the library's, for all that is linked with it. It has nothing of Boost.Test, whose headers must
# not come before a test's BOOST_TEST_MODULE.
function(asyncio_precompile target)
  get_target_property(libraries ${target} LINK_LIBRARIES)
  if(target STREQUAL asyncio_core)
    target_precompile_headers(asyncio_core PRIVATE <asyncio/asyncio.hpp>)
  elseif(libraries MATCHES asyncio)
    target_precompile_headers(${target} REUSE_FROM asyncio_core)
    # It was compiled for a library, and a compiler takes it for the same kind of code only.
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
endfunction()
