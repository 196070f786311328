# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# The version lives in one place, the public header; everything else (project, package, .pc, .deb) is derived from it.
function(asyncio_read_version out)
  set(header "${CMAKE_CURRENT_SOURCE_DIR}/include/asyncio/version.hpp")
  # Editing the header must re-run the configuration, or the package files would keep the old number.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${header}")
  file(STRINGS "${header}" lines REGEX "^#define ASYNCIO_VERSION_(MAJOR|MINOR|PATCH)[ \t]+[0-9]+")
  set(numbers "")
  foreach(part IN ITEMS MAJOR MINOR PATCH)
    if(NOT lines MATCHES "ASYNCIO_VERSION_${part}[ \t]+([0-9]+)")
      message(FATAL_ERROR "${header} does not define ASYNCIO_VERSION_${part}")
    endif()
    list(APPEND numbers "${CMAKE_MATCH_1}")
  endforeach()
  list(JOIN numbers "." version)
  set(${out} "${version}" PARENT_SCOPE)
endfunction()
