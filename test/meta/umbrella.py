#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""<asyncio/asyncio.hpp> includes every public header, <asyncio/testing.hpp> every header of the test kit
that needs no test framework."""

import tree

# Opt-in: it brings along what few programs need.
OPT_IN = {"log_format.hpp"}  # spdlog's formatter and fmt
# Glue for one test framework each: the kit itself links without any.
FRAMEWORKS = {"testing/boost_test.hpp", "testing/catch2.hpp", "testing/gtest.hpp"}

# Former names, for one version.
FORMER = {"testing/kept.hpp", "testing/everywhere.hpp"}


def check(root):
    headers = [header for header in root.headers() if not header.startswith("detail/")]
    kit = [header for header in headers if header.startswith("testing/") and header not in FRAMEWORKS | FORMER]
    others = {*kit, *OPT_IN, *FRAMEWORKS, *FORMER, "asyncio.hpp", "testing.hpp"}
    library = [header for header in headers if header not in others]
    findings = []
    for umbrella, expected in (("asyncio.hpp", library), ("testing.hpp", kit)):
        path = f"include/asyncio/{umbrella}"
        if umbrella not in headers:
            findings.append(f"{path}: does not exist")
            continue
        included = {include.name for include in tree.includes(root.read(path))}
        findings += [f"{path}: does not include <asyncio/{header}>" for header in expected
                     if f"asyncio/{header}" not in included]
        findings += [f"{path}: includes <asyncio/{header}>, which needs a test framework" for header in sorted(FRAMEWORKS)
                     if f"asyncio/{header}" in included]
    return findings


if __name__ == "__main__":
    tree.report(check(tree.tree_from_command_line()))
