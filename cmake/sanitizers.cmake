# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# Sanitizers are usage requirements of the library (PUBLIC): mixed with unsanitized code they report what is not there
# and miss what is.
function(asyncio_sanitize target)
  if(NOT ASYNCIO_SANITIZE)
    return()
  endif()
  set(flags -fsanitize=${ASYNCIO_SANITIZE} -fno-omit-frame-pointer)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND ASYNCIO_SANITIZE MATCHES "undefined")
    # clang 14 compares type names by address across shared libraries and reports calls that are right.
    list(APPEND flags -fno-sanitize=function)
  elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND ASYNCIO_SANITIZE MATCHES "undefined")
    # At every use of a pointer: 40 % of what g++ takes to compile under both sanitizers, and half of the objects. clang is
    # quicker about them; they are left to its preset, clang-asan.
    list(APPEND flags -fno-sanitize=null,alignment,vptr)
  endif()
  target_compile_options(${target} PUBLIC ${flags})
  target_link_options(${target} PUBLIC ${flags})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND ASYNCIO_SANITIZE MATCHES "thread")
    # Asio's fences make g++ warn that TSan does not model them; there is nothing we could change.
    target_compile_options(${target} PUBLIC -Wno-tsan)
  endif()
  # Asio's caches hand freed blocks out again before a sanitizer can see the mistake. The definitions change inline
  # functions, so all translation units must agree on them.
  target_compile_definitions(${target} PUBLIC
    BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING BOOST_ASIO_DISABLE_SMALL_BLOCK_RECYCLING)
endfunction()
