#!/usr/bin/env python3
"""The checks find what they look for: each rule gets a small tree that breaks it, and one that does not."""

import sys
import tempfile
import unittest
from pathlib import Path

import conditions
import hygiene
import layers
import tree
import umbrella
import ways

TABLE = "L1 low detail/shared\nL3 middle\nL4 side\nL5 high src/helper\nL7 asyncio testing\nL5 may include detail/shared\n"


class Checks(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.write("test/meta/layers.txt", TABLE)
        self.write("CMakeLists.txt", "")
        for name in ("src", "test/unit", "test/compile_fail", "samples"):
            self.write(f"{name}/CMakeLists.txt", "")
        for name in ("low", "middle", "high", "side", "detail/shared", "asyncio", "testing"):
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
        self.write("include/asyncio/high.hpp", "#include <asyncio/detail/shared.hpp>\n")
        self.write("src/high.cpp", "#include <asyncio/high.hpp>\n")
        self.expect(layers.check)

    def test_an_include_upwards_is_found(self):
        self.write("include/asyncio/low.hpp", "#if 0\n#  include <asyncio/middle.hpp>\n#endif\n")
        self.expect(layers.check, "low.hpp:2: L1 includes <asyncio/middle.hpp>, which is L3")

    def test_a_source_file_has_the_layer_of_its_header(self):
        self.write("src/low.cpp", "#include <asyncio/high.hpp>\n")
        self.write("src/shared.cpp", "#include <asyncio/high.hpp>\n")
        self.expect(layers.check, "src/low.cpp:1", "src/shared.cpp:1")

    def test_a_file_without_a_layer_is_found(self):
        self.write("include/asyncio/new.hpp", "")
        self.write("src/other.cpp", "")
        self.expect(layers.check, "new.hpp: has no layer", "src/other.cpp: has no layer")

    def test_the_top_may_not_look_behind_the_public_interface(self):
        self.write("test/meta/layers.txt", TABLE.replace("L5 may include detail/shared", ""))
        self.write("include/asyncio/high.hpp", "#include <asyncio/detail/shared.hpp>\n")
        self.expect(layers.check, "L5 is built from the public interface only")

    def test_an_entry_for_a_file_that_is_gone_is_found(self):
        self.write("test/meta/layers.txt", TABLE + "L2 detail/gone\n")
        self.expect(layers.check, "include/asyncio/detail/gone.hpp does not exist")

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
        self.write("samples/01_a.cpp", "int main() {}\n" * 61)
        self.write("samples/01_a.py", "")
        self.expect(hygiene.samples, "61 lines", "first line", "01_a.golden is missing")

    def test_what_is_not_listed_is_found(self):
        self.write("src/CMakeLists.txt", "low.hpp middle.hpp high.hpp side.hpp asyncio.hpp testing.hpp # detail/shared.hpp\n")
        self.write("test/unit/CMakeLists.txt", "low\n")
        self.write("test/unit/low_test.cpp", "")
        self.write("test/unit/middle_test.cpp", "")
        self.write("samples/01_a.cpp", "")
        self.expect(hygiene.explicit_lists, "middle_test.cpp", "01_a.cpp", "helper.cpp", "detail/shared.hpp")

    def test_an_excuse_names_a_case_a_way_and_a_reason(self):
        self.write("test/unit/low_test.cpp", "#define BOOST_TEST_MODULE low\nASYNCIO_TEST_CASE(a) {\n}\n")
        self.write("test/support/ways.txt", "# text\n\nstop low/a low/*: it has a thread\n")
        self.expect(ways.check)
        self.write("test/support/ways.txt", "stop low/a: why\nstop low/a: why\nrun low/a: why\nstop low/b: why\nstop low/a\nalloc high/*: why\n")
        self.expect(ways.check, "twice", "no way run", "no case low/b", "not of the form",
                    "no case high/*")

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
