# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# `cpack` in a build folder makes a .deb for the machine it runs on (and cpack -G TGZ a plain archive).
if(NOT PROJECT_IS_TOP_LEVEL)
  return()
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME libasyncio-cpp-dev)
set(CPACK_PACKAGE_CONTACT "The asyncio-cpp developers <asyncio-cpp@localhost>")
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES OFF) # a static library without its symbols is useless
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libboost1.81-dev | libboost-dev (>= 1.81), libspdlog-dev")
include(CPack)
