# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# An overlay port of the checkout that it lies in, so there is nothing to download:
#   vcpkg install asyncio-cpp[testing] --overlay-ports=path/to/asyncio-cpp/packaging/vcpkg
# vcpkg notices changes of this folder only. After one of the sources: vcpkg remove asyncio-cpp, and install it with
# --no-binarycaching.
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
if(NOT EXISTS "${SOURCE_PATH}/include/asyncio/version.hpp")
  message(FATAL_ERROR "${SOURCE_PATH} is not a checkout of asyncio-cpp: this port works where it is, so do not copy it, and pass "
                      "--overlay-ports=path/to/asyncio-cpp/packaging/vcpkg")
endif()

vcpkg_check_linkage(ONLY_STATIC_LIBRARY)
vcpkg_check_features(OUT_FEATURE_OPTIONS feature_options FEATURES testing ASYNCIO_BUILD_TEST_KIT)

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS
    ${feature_options}
    -DASYNCIO_BUILD_TESTS=OFF
    -DASYNCIO_BUILD_SAMPLES=OFF
    -DASYNCIO_BUILD_BENCH=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME asyncio CONFIG_PATH lib/cmake/asyncio)
vcpkg_fixup_pkgconfig()

file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include" "${CURRENT_PACKAGES_DIR}/debug/share")
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
