#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""The checks find what they look for: each rule gets a small tree that breaks it, and one that does not."""

import sys
import tempfile
import unittest
from pathlib import Path

import conditions
import conformance
import hygiene
import layers
import packaging
import tree
import umbrella
import variations

TABLE = "L1 low detail/shared/ detail/other/\nL3 middle\nL4 side\nL5 high src/helper\nL7 asyncio testing\nL5 may include detail/shared/\n"


class Checks(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.write("test/meta/layers.txt", TABLE)
        self.write("CMakeLists.txt", "")
        for name in ("src", "test/unit", "test/compile_fail", "samples"):
            self.write(f"{name}/CMakeLists.txt", "")
        for name in ("low", "middle", "high", "side", "detail/shared/part", "detail/other/part", "asyncio", "testing"):
            self.write(f"include/asyncio/{name}.hpp", "")
        self.write("src/helper.cpp", "")

    def write(self, path, text):
        path = self.root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def findings(self, check):
        return list(check(tree.Tree(self.root)))

    def expect(self, check, *parts):
        findings = self.findings(check)
        self.assertEqual(len(findings), len(parts), findings)
        for finding, part in zip(findings, parts):
            self.assertIn(part, finding)

    def test_an_include_downwards_is_fine(self):
        self.write("include/asyncio/middle.hpp", "#include <asyncio/low.hpp>\n#include <vector>\n")
        self.write("include/asyncio/high.hpp", "#include <asyncio/detail/shared/part.hpp>\n")
        self.write("src/high.cpp", "#include <asyncio/high.hpp>\n")
        self.expect(layers.check)

    def test_an_include_upwards_is_found(self):
        self.write("include/asyncio/low.hpp", "#if 0\n#  include <asyncio/middle.hpp>\n#endif\n")
        self.expect(layers.check, "low.hpp:2: L1 includes <asyncio/middle.hpp>, which is L3")

    def test_a_source_file_has_the_layer_of_its_header(self):
        self.write("src/low.cpp", "#include <asyncio/high.hpp>\n")
        self.write("src/shared/part.cpp", "#include <asyncio/high.hpp>\n")
        self.expect(layers.check, "src/low.cpp:1", "src/shared/part.cpp:1")

    def test_a_file_without_a_layer_is_found(self):
        self.write("include/asyncio/new.hpp", "")
        self.write("src/other.cpp", "")
        self.expect(layers.check, "new.hpp: has no layer", "src/other.cpp: has no layer")

    def test_folders_of_one_layer_do_not_include_one_another(self):
        self.write("include/asyncio/detail/other/part.hpp", "#include <asyncio/detail/shared/part.hpp>\n")
        self.expect(layers.check, "detail/other/ includes <asyncio/detail/shared/part.hpp> of its own layer")

    def test_the_top_may_not_look_behind_the_public_interface(self):
        self.write("test/meta/layers.txt", TABLE.replace("L5 may include detail/shared/", ""))
        self.write("include/asyncio/high.hpp", "#include <asyncio/detail/shared/part.hpp>\n")
        self.expect(layers.check, "L5 is built from the public interface only")

    def test_an_entry_for_a_file_that_is_gone_is_found(self):
        self.write("test/meta/layers.txt", TABLE + "L2 detail/gone/\n")
        self.expect(layers.check, "include/asyncio/detail/gone/ does not exist")

    def test_a_file_without_a_licence_is_found(self):
        two = "Copyright 2026 The asyncio-cpp authors\n{0} SPDX-License-Identifier: BSL-1.0\n"
        for path in self.root.rglob("*"):
            if path.is_file():
                mark = "//" if path.suffix in (".hpp", ".cpp") else "#"
                path.write_text(f"{mark} {two.format(mark)}", encoding="utf-8")
        self.expect(hygiene.licences)
        self.write("cmake/script", "#!/bin/sh\n# " + two.format("#"))
        self.write("include/asyncio/low.hpp", "/// @file\n")
        self.expect(hygiene.licences, "low.hpp: does not begin")

    def test_a_file_with_more_than_one_concept_is_found(self):
        self.write("src/helper.cpp", "\n" * 351)
        self.write("src/other.cpp", "\n" * 350)
        self.expect(hygiene.lengths, "src/helper.cpp: 351 lines")

    def test_an_umbrella_with_a_hole_is_found(self):
        self.write("include/asyncio/asyncio.hpp", "#include <asyncio/low.hpp>\n// #include <asyncio/middle.hpp>\n"
                   "#include <asyncio/side.hpp>\n#include <asyncio/high.hpp>\n")
        self.write("include/asyncio/testing/run.hpp", "")
        self.expect(umbrella.check, "<asyncio/middle.hpp>", "<asyncio/testing/run.hpp>")

    def test_a_framework_in_the_kit_is_found(self):
        self.write("include/asyncio/asyncio.hpp", "".join(f"#include <asyncio/{name}.hpp>\n" for name in ("low", "middle", "side", "high")))
        self.write("include/asyncio/testing.hpp", "#include <asyncio/testing/gtest.hpp>\n")
        self.write("include/asyncio/testing/gtest.hpp", "")
        self.expect(umbrella.check, "which needs a test framework")

    def test_an_await_in_a_condition_without_a_variable_is_found(self):
        for wrong in ("aw w() { if (co_await f() == 4) g(); }",
                      "aw w() { for (;;) { if (co_await f()) break; } }",
                      "auto w = [&]() -> aw { while (co_await f()) {} };",
                      "aw w(int n) { try { switch (co_await f()) { default: g(n); } } catch (...) {} }",
                      "aw w() { g(); do {} while (co_await f()); }",
                      "aw w() { static int n = 0; if (co_await f()) ++n; }",
                      "aw w() { { int x = 0; g(x); } if (co_await f()) g(); }"):
            self.assertEqual(len(list(conditions.find(wrong))), 1, wrong)

    def test_an_await_in_a_condition_with_a_variable_is_fine(self):
        for right in ("aw w() { int n = 0; if (co_await f() == 4) g(n); }",
                      "aw w() { if (auto v = co_await f(); v == 4) g(); }",
                      "aw w() { if (auto v = co_await f()) g(); }",
                      "aw w() { for (int i = 0; i < 1; ++i) if (co_await f()) g(); }",
                      "aw w() { for (int i = 0; i < 1; ++i) { if (co_await f()) g(); } }",
                      "aw w() { asyncio::lock l; for (;;) { if (co_await f()) g(); } }",
                      "aw w() { auto const [a, b] = co_await g(); if (co_await f()) g(); }",
                      "aw w() { std::vector<int> v{1}; while (co_await f()) {} }",
                      "aw w() { if (g()) { co_await f(); } }"):
            self.assertEqual(list(conditions.find(right)), [], right)

    def test_an_await_in_a_condition_is_found_in_pages_too(self):
        self.write("doc/page.md", "text\n```cpp\naw w() {\n  if (co_await f()) g();\n}\n```\n")
        self.expect(conditions.check, "doc/page.md:4: co_await in a condition")

    def test_a_heavy_include_in_a_public_header_is_found(self):
        self.write("include/asyncio/low.hpp", "#include <iosfwd>\n#include <boost/asio.hpp>\n#include <iostream>\n")
        self.expect(hygiene.banned_includes, "<boost/asio.hpp>", "<iostream>")

    def test_a_mark_is_found(self):
        self.write("src/helper.cpp", "int x;\n// TODO: y\n")
        self.expect(hygiene.marks, "src/helper.cpp:2: TODO")

    def test_a_real_sleep_in_a_unit_test_is_found(self):
        self.write("test/unit/low_test.cpp", "// std::this_thread::sleep_for(1s)\nasyncio::sleep_until(t);\n"
                   "std::this_thread::sleep_for(1s);\n")
        self.expect(hygiene.real_sleeps, "low_test.cpp:3")

    def test_a_sample_has_companions_and_a_first_line(self):
        self.write("samples/01_a.cpp", "int main() {}\n" * 63)
        self.write("samples/01_a.py", "")
        self.expect(hygiene.samples, "63 lines", "first line", "01_a.golden is missing")

    def test_what_is_not_listed_is_found(self):
        self.write("src/CMakeLists.txt", "low.hpp middle.hpp high.hpp side.hpp asyncio.hpp testing.hpp # detail/shared/part.hpp\n")
        self.write("test/unit/CMakeLists.txt", "low\n")
        self.write("test/unit/low_test.cpp", "")
        self.write("test/unit/middle_test.cpp", "")
        self.write("samples/01_a.cpp", "")
        self.expect(hygiene.explicit_lists, "middle_test.cpp", "01_a.cpp", "helper.cpp", "detail/other/part.hpp", "detail/shared/part.hpp")

    def test_an_excuse_names_a_case_a_way_and_a_reason(self):
        self.write("test/unit/low_test.cpp", "#define BOOST_TEST_MODULE low\nASYNCIO_TEST_CASE(a) {\n}\n")
        self.write("test/support/variations.txt", "# text\n\nstop low/a low/*: it has a thread\n")
        self.expect(variations.check)
        self.write("test/support/variations.txt", "stop low/a: why\nstop low/a: why\nrun low/a: why\nstop low/b: why\nstop low/a\nalloc high/*: why\n")
        self.expect(variations.check, "twice", "no way run", "no case low/b", "not of the form",
                    "no case high/*")

    def catalogue(self, behaviours="group Tasks\nT1 Starts late. [test_a]\nT2 Has a name. [tasks.py]\n",
                  reasons="T2 n/a: no names\n", test="// conformance: T1\nASYNCIO_TEST_CASE(it_starts_late) {\n}\n"):
        self.write(conformance.BEHAVIOURS, behaviours)
        self.write(conformance.REASONS, reasons)
        self.write("test/unit/low_test.cpp", test)
        conformance.write(tree.Tree(self.root))

    def test_a_behaviour_has_a_sentence_and_a_test_or_a_reason(self):
        self.catalogue()
        self.expect(conformance.check)
        page = tree.Tree(self.root).read(conformance.PAGE)
        self.assertIn("**2 behaviours: 1 tested, 0 intentionally different, 1 not applicable.**", page)
        self.assertIn("| id | behaviour | state | tests or reason |", page)
        self.assertIn("| T1 | Starts late. (test_a) | tested | [low_test](../test/unit/low_test.cpp): `it_starts_late` |", page)
        self.assertIn("| T2 | Has a name. (tasks.py) | not applicable | No names |", page)

    def test_an_id_without_a_sentence_is_found(self):
        self.catalogue(reasons="T2-3 n/a: no names\n", test="# text\n// conformance: T1, T4\nASYNCIO_TEST_CASE(a) {\n}\n")
        self.expect(conformance.check, "T3 has a reason but no sentence", "low_test.cpp: T4 has a test but no sentence")

    def test_a_sentence_without_an_id_is_found(self):
        self.catalogue(behaviours="T0 No group. [x]\ngroup Tasks\nT1 Starts late. [test_a]\nT2 Has a name.\nHas no id. [x]\n"
                                  "T1 Starts again. [x]\nT5 A | B. [x]\n", reasons="")
        self.expect(conformance.check, ":1: neither", ":4: neither", ":5: neither", ":6: T1 has a sentence already", ":7: neither")

    def test_a_behaviour_with_neither_a_test_nor_a_reason_is_found(self):
        self.catalogue(reasons="# T2\n", test="")
        self.expect(conformance.check, "T1 has neither a test nor a reason", "T2 has neither a test nor a reason")

    def test_a_reason_names_ids_once_and_its_kind(self):
        self.catalogue(reasons="T2 n/a: why\nT1-2 different: why\nT1: why\n")
        self.expect(conformance.check, ":2: T2 has a reason already", ":3: not of the form")

    def test_a_conformance_line_away_from_its_case_is_found(self):
        self.catalogue(test="// conformance: T1\nint x;\n// conformance: T1\n// more\ntemplate <class T>\n"
                            "ASYNCIO_TEST_CASE(a) {\n}\n")
        self.expect(conformance.check, "low_test.cpp:2: a conformance line must stand directly above its test")

    def test_a_page_out_of_date_is_found(self):
        self.catalogue()
        self.write("test/unit/low_test.cpp", "// conformance: T1\nASYNCIO_TEST_CASE(renamed) {\n}\n")
        self.expect(conformance.check, "doc/conformance.md: out of date")

    def packages(self):
        """The package files of this repository, and as much of the rest as they name."""
        real = tree.Tree(Path(__file__).parents[2])
        for path in ("CMakeLists.txt", "LICENSE", "src/CMakeLists.txt", "cmake/options.cmake", "cmake/install.cmake",
                     "cmake/packaging.cmake", "cmake/asyncioConfig.cmake.in", packaging.DEPENDENCIES, packaging.VERSION,
                     packaging.PAGE, "doc/gcc-12.md", *real.files("packaging", "", ".cmake", ".cpp", ".json", ".py", ".txt")):
            self.write(path, real.read(path))
        for name in ("awaitable", "run", "sleep"):
            self.write(f"include/asyncio/{name}.hpp", "")
        libraries = ("asio/post", "assert/source_location", "core/demangle", "smart_ptr/intrusive_ptr", "system/result", "version")
        self.write("include/asyncio/gather.hpp", "".join(f"#include <boost/{name}.hpp>\n" for name in libraries))

    def test_true_package_files_are_fine(self):
        self.packages()
        self.expect(packaging.check)

    def test_a_wrong_word_in_a_package_file_is_found(self):
        self.packages()
        version = packaging.version(tree.Tree(self.root))
        cmake, usage = packaging.TEST_CMAKE, "packaging/vcpkg/usage"
        for path, old, new, finding in (
                (packaging.VERSION, "MINOR ", "MINOR 9", f"{packaging.VCPKG}: the version is {version}, in {packaging.VERSION} "),
                (packaging.VERSION, "MINOR ", "MINOR 9", f"{packaging.CONAN}: the version is {version}, in"),
                (packaging.VERSION, "MINOR ", "MINOR x", "does not define the three numbers"),
                ("CMakeLists.txt", "${asyncio_version}", "9.3.0", "CMakeLists.txt: the version is 9.3.0"),
                ("CMakeLists.txt", "VERSION ${asyncio_version}", "", "project() has no VERSION"),
                (packaging.CONAN, f'"{version}"', "read()", "conanfile.py: the version is None"),
                (packaging.CONAN, 'name = "asyncio-cpp"', 'name = "asyncio"', "the package is called asyncio, in"),
                (packaging.CONAN, "def build(self):", "def build(self)", f"{packaging.CONAN}:"),
                (packaging.TEST_RECIPE, "import os", "import", f"{packaging.TEST_RECIPE}:"),
                (packaging.VCPKG, f'"{version}",', f'"{version}"', "vcpkg.json:4: Expecting ',' delimiter"),
                (packaging.VCPKG, "  ", "    ", "not formatted"),
                (packaging.VCPKG, '  "license": "BSL-1.0",\n  "supports": "linux"', '  "supports": "linux",\n  "license": "BSL-1.0"',
                 "the keys of the manifest"),
                (packaging.VCPKG, '"supports"', '"support"', "the keys of the manifest"),
                (packaging.VCPKG, "boost-assert", "boost-zassert", "not sorted: boost-asio, boost-zassert"),
                (packaging.VCPKG, '"host"', '"hosted"', "the keys of vcpkg-cmake"),
                (packaging.VCPKG, '"boost-test": {', '"z-test": {', "the features are not sorted"),
                (packaging.VCPKG, '"testing"\n', '"tests"\n', "a feature needs tests"),
                (packaging.VCPKG, '"boost-core"', '"boost-cords"', "nothing needs boost-cords"),
                (packaging.VCPKG, '"boost-core"', '"boost-cords"', "gather.hpp:3 needs it"),
                (packaging.VCPKG, '>=": "1', '>=": "0', "vcpkg.json: demands Boost 0"),
                (packaging.CONAN, "boost/[>=1", "boost/[>=0", "conanfile.py: demands Boost 0"),
                (packaging.CONAN, "boost/[>=1", "boost/1", "does not require Boost"),
                (packaging.DEPENDENCIES, "spdlog 1", "spdlog 9", "vcpkg.json: demands spdlog 1"),
                (packaging.DEPENDENCIES, "(spdlog 1", "(spdlog QUIET #", "dependencies.cmake: demands no version of spdlog"),
                ("cmake/asyncioConfig.cmake.in", "(Boost 1", "(Boost 0", "asyncioConfig.cmake.in: demands Boost 0"),
                ("cmake/packaging.cmake", "(>= 1", "(>= 0", "cmake/packaging.cmake: demands Boost 0"),
                (packaging.PORTFILE, "FEATURES testing", "FEATURES kit", "vcpkg.json has no feature kit"),
                (packaging.PORTFILE, "ASYNCIO_BUILD_TESTS", "ASYNCIO_BUILD_TEST", "has no option ASYNCIO_BUILD_TEST"),
                (packaging.CONAN, "ASYNCIO_BUILD_BENCH", "ASYNCIO_BENCH", "has no option ASYNCIO_BENCH"),
                (packaging.PAGE, "ASYNCIO_INSTALL", "ASYNCIO_INSTALLATION", "has no option ASYNCIO_INSTALLATION"),
                (cmake, "asyncio::asyncio", "asyncio::all", "src/CMakeLists.txt has no target asyncio::all"),
                (usage, "asyncio::testing", "asyncio::test", "usage: src/CMakeLists.txt has no target asyncio::test"),
                (packaging.PAGE, "PRIVATE asyncio::asyncio", "PRIVATE asyncio::all", "installing.md: src/CMakeLists.txt has no target"),
                (packaging.CONAN, '"asyncio::core"', '"asyncio::kernel"', "does not offer asyncio::core"),
                (packaging.CONAN, '["asyncio_core"]', '["asyncio_kernel"]', "no component has the library asyncio_core"),
                (packaging.CONAN, '"src/*"', '"source/*"', "exports source/*, which does not exist"),
                (packaging.CONAN, '"doc/gcc-12.md", ', "", "does not export doc/gcc-12.md"),
                (packaging.CONAN, "SOURCES = (", "FILES = (", "has no tuple SOURCES"),
                (packaging.CONAN, 'copy(self, "LICENSE"', 'copy(self, "LICENCE"', "LICENCE does not exist"),
                (packaging.PORTFILE, "/LICENSE", "/LICENCE", "portfile.cmake: LICENCE does not exist"),
                (packaging.PORTFILE, "/usage", "/use", "portfile.cmake: use does not exist"),
                (cmake, "example.cpp", "program.cpp", "program.cpp does not exist"),
                (cmake, "add_executable(example", "add_executable(program", "does not run program"),
                (cmake, "add_executable", "add_program", "builds no program"),
                (f"{packaging.TEST_PACKAGE}/example.cpp", "<asyncio/run.hpp>", "<asyncio/runs.hpp>", "<asyncio/runs.hpp> does not")):
            with self.subTest(finding):
                text = (self.root / path).read_text(encoding="utf-8")
                self.assertIn(old, text)
                self.write(path, text.replace(old, new))
                findings = self.findings(packaging.check)
                self.write(path, text)
                self.assertTrue(any(finding in line for line in findings), findings)

    def test_a_long_root_file_is_found(self):
        self.write("CMakeLists.txt", "#\n" * 150)
        self.expect(hygiene.root_cmake, "150 lines")

    def lambdas(self, code):
        self.write("src/helper.cpp", code)
        return [finding.split(":")[1] for finding in self.findings(hygiene.capturing_lambdas)]

    def test_a_capturing_lambda_beside_co_await_is_found(self):
        self.assertEqual(self.lambdas("void f() {\n  co_await g([s] { return s; });\n}"), ["2"])
        self.assertEqual(self.lambdas("void f() {\n  g([s = 1](int x) mutable { h(x); },\n    co_await y());\n}"), ["2"])
        self.assertEqual(self.lambdas("void f() {\n  auto x = co_await i<int>([=](auto h) { run(h); }, t);\n}"), ["2"])
        self.assertEqual(self.lambdas("void f() {\n  return [p]() -> a<void> { co_await h([q] {}); };\n}"), ["2"])

    def test_a_harmless_lambda_is_not(self):
        for code in ("void f() { auto l = [s] {}; co_await g(std::move(l)); }",
                     "void f() { co_await g([] { return 1; }); }",
                     "void f() { co_await g([&x, this] { return x; }); }",
                     "void f() { if (a) { g([s] {}); } co_await h(); }",
                     "void f() { auto [a, b] = co_await g(x[i], y[j](1)); }",
                     "void f() { g([s] {}); // co_await\n }",
                     'void f() { co_await g("[s] {}"); }',
                     "auto f = [s]() -> a<void> { co_await g(); };"):
            self.assertEqual(self.lambdas(code), [], code)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
