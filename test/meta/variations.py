#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""test/support/variations.txt names cases that exist, ways that exist, and a reason for each."""

import re

import tree

WAYS = ("shuffle", "stop", "cancel", "alloc")
CASE = re.compile(r"^ASYNCIO_(?:ORDERED_)?TEST_CASE\((\w+)\)", re.MULTILINE)


def check(root):
    findings = []
    known = set()
    for path in root.files("test/unit", ".cpp"):
        text = root.read(path)
        module = re.search(r"^#define BOOST_TEST_MODULE (\w+)", text, re.MULTILINE)
        if module and (names := CASE.findall(text)):
            known.update(f"{module[1]}/{name}" for name in names + ["*"])
    seen = set()
    for number, line in enumerate(root.read("test/support/variations.txt").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        where = f"test/support/variations.txt:{number}"
        entry = re.fullmatch(r"(\w+)((?: \w+/(?:\w+|\*))+): (\S.+)", line)
        if not entry:
            findings.append(f"{where}: not of the form WAY SUITE/CASE...: REASON")
            continue
        if entry[1] not in WAYS:
            findings.append(f"{where}: there is no way {entry[1]}")
        for case in entry[2].split():
            if case not in known:
                findings.append(f"{where}: there is no case {case}")
            if (entry[1], case) in seen:
                findings.append(f"{where}: {entry[1]} {case} stands here twice")
            seen.add((entry[1], case))
    return findings


if __name__ == "__main__":
    tree.report(check(tree.tree_from_command_line()))
