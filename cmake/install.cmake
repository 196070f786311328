# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/asyncio")
set(pkgconfig_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

set(libraries asyncio_core asyncio)
set(pc_files asyncio-core asyncio)
set(ASYNCIO_COMPONENTS core asyncio)
if(ASYNCIO_BUILD_TEST_KIT)
  list(APPEND libraries asyncio_testing)
  list(APPEND pc_files asyncio-testing)
  list(APPEND ASYNCIO_COMPONENTS testing)
endif()

# After a build of some targets only, CMake would copy what there is and stop at the first file that is missing. This rule
# is the first, and stops before anything is copied.
set(check "set(asyncio_missing)\nset(asyncio_targets)\n")
foreach(library IN LISTS libraries)
  string(APPEND check "if(NOT EXISTS \"$<TARGET_FILE:${library}>\")\n"
    "  list(APPEND asyncio_missing $<TARGET_FILE_NAME:${library}>)\n  list(APPEND asyncio_targets ${library})\nendif()\n")
endforeach()
get_property(multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
set(config_option "$<$<BOOL:${multi_config}>: --config $<CONFIG>>")
string(APPEND check "if(asyncio_missing)\n"
  "  list(JOIN asyncio_missing \", \" asyncio_missing)\n  list(JOIN asyncio_targets \" \" asyncio_targets)\n"
  "  message(FATAL_ERROR \"Nothing of asyncio is installed, because not all of it has been built (\${asyncio_missing}); build it "
  "first:\\n  cmake --build \\\"${CMAKE_BINARY_DIR}\\\"${config_option} --target \${asyncio_targets}\")\nendif()\n")
install(CODE "${check}")

install(TARGETS ${libraries} EXPORT asyncioTargets FILE_SET HEADERS FILE_SET frameworks)
install(EXPORT asyncioTargets NAMESPACE asyncio:: DESTINATION "${package_dir}")

configure_package_config_file(cmake/asyncioConfig.cmake.in "${PROJECT_BINARY_DIR}/asyncioConfig.cmake"
  INSTALL_DESTINATION "${package_dir}" PATH_VARS CMAKE_INSTALL_DOCDIR NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# Before 1.0 a new minor version may break its users.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/asyncioConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/asyncioConfig.cmake" "${PROJECT_BINARY_DIR}/asyncioConfigVersion.cmake"
  DESTINATION "${package_dir}")

# The .pc files name their prefix relative to themselves, so that `cmake --install --prefix` and an unpacked archive work.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(ASYNCIO_PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
else()
  file(RELATIVE_PATH up "/prefix/${pkgconfig_dir}" "/prefix")
  string(REGEX REPLACE "/$" "" up "${up}")
  set(ASYNCIO_PC_PREFIX "\${pcfiledir}/${up}")
endif()
foreach(name IN LISTS pc_files)
  configure_file(cmake/${name}.pc.in "${PROJECT_BINARY_DIR}/${name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${name}.pc" DESTINATION "${pkgconfig_dir}")
endforeach()

install(FILES LICENSE doc/gcc-12.md DESTINATION "${CMAKE_INSTALL_DOCDIR}")
