# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""A recipe for Conan 2 that packages the checkout it lies in:

conan create packaging/conan --build=missing -s compiler.cppstd=20
"""

import os

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain
from conan.tools.files import copy, rmdir

required_conan_version = ">=2.0"

ROOT = os.path.join("..", "..")
# What the libraries are built from, relative to the root.
SOURCES = ("CMakeLists.txt", "LICENSE", "cmake/*", "doc/gcc-12.md", "include/*", "src/*")


class AsyncioCpp(ConanFile):
    name = "asyncio-cpp"
    version = "0.1.0"
    license = "BSL-1.0"
    description = "Python's asyncio for C++20 on unchanged Boost.Asio coroutines"
    topics = ("asyncio", "asynchronous", "coroutines", "boost")
    package_type = "static-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"testing": [True, False]}
    # Only headers of Boost are needed.
    default_options = {"testing": True, "boost/*:header_only": True}

    def layout(self):
        self.folders.root = ROOT
        self.folders.source = "."
        self.folders.build = os.path.join("build", "conan", str(self.settings.build_type))
        self.folders.generators = os.path.join(self.folders.build, "generators")

    def export_sources(self):
        for source in SOURCES:
            folder, pattern = os.path.split(source)
            copy(self, pattern, os.path.join(self.recipe_folder, ROOT, folder), os.path.join(self.export_sources_folder, folder))

    def requirements(self):
        self.requires("boost/[>=1.81.0 <2]", transitive_headers=True)
        self.requires("spdlog/[>=1.10.0 <2]", transitive_headers=True)

    def validate(self):
        if self.settings.os != "Linux":
            raise ConanInvalidConfiguration("asyncio-cpp is tested on Linux only")
        check_min_cppstd(self, 20)

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["ASYNCIO_BUILD_TEST_KIT"] = bool(self.options.testing)
        toolchain.cache_variables["ASYNCIO_BUILD_TESTS"] = False
        toolchain.cache_variables["ASYNCIO_BUILD_SAMPLES"] = False
        toolchain.cache_variables["ASYNCIO_BUILD_BENCH"] = False
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        # Conan writes these files itself, for the dependencies that it found.
        rmdir(self, os.path.join(self.package_folder, "lib", "cmake"))
        rmdir(self, os.path.join(self.package_folder, "lib", "pkgconfig"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "asyncio")

        core = self.cpp_info.components["core"]
        core.set_property("cmake_target_name", "asyncio::core")
        core.set_property("pkg_config_name", "asyncio-core")
        core.libs = ["asyncio_core"]
        core.requires = ["boost::headers", "spdlog::spdlog"]
        core.system_libs = ["pthread"]

        introspection = self.cpp_info.components["asyncio"]
        introspection.set_property("cmake_target_name", "asyncio::asyncio")
        introspection.set_property("pkg_config_name", "asyncio")
        introspection.libs = ["asyncio"]
        introspection.requires = ["core"]
        # Nothing names the file that attaches introspection, so the linker is told to take it.
        introspection.exelinkflags = ["-Wl,--undefined=asyncio_introspection"]
        introspection.sharedlinkflags = ["-Wl,--undefined=asyncio_introspection"]

        if self.options.testing:
            testing = self.cpp_info.components["testing"]
            testing.set_property("cmake_target_name", "asyncio::testing")
            testing.set_property("pkg_config_name", "asyncio-testing")
            testing.libs = ["asyncio_testing"]
            testing.requires = ["asyncio"]
