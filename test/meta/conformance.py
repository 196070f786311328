#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""doc/conformance.md: which behaviours of asyncio and its relatives this library has, and the tests that show it.

behaviours.txt says what each id means. An id is shown by the tests that name it: in a line `// conformance: T1, T4` above the case,
or, in Python, `# conformance: R12` above the function or the entry of the table. conformance.txt gives a reason for each id that
is different here or does not apply. `conformance.py ROOT` fails when an id has no sentence, when a sentence has neither a test nor a
reason, or when the page is out of date; `conformance.py ROOT --write` writes the page."""

import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import tree

BEHAVIOURS = "test/meta/behaviours.txt"
REASONS = "test/meta/conformance.txt"
PAGE = "doc/conformance.md"

ID = r"[A-Z]+\d+b?"
BEHAVIOUR = re.compile(rf"({ID}) ([^ ].*?[.]) \[(.+)\]")
REASON = re.compile(r"([A-Z0-9b, -]+?) (different|n/a): (.+)")
LINE = re.compile(r"^\s*(?://|#) conformance: ([A-Z0-9b, ]+?)\s*$")
CASE = re.compile(r"^\s*(?:BOOST_AUTO_TEST_CASE|BOOST_FIXTURE_TEST_CASE|BOOST_DATA_TEST_CASE|ASYNCIO_TEST_CASE|"
                  r"ASYNCIO_ORDERED_TEST_CASE)\(\s*(\w+)|^\s*def (\w+)\(|^\s*// expect: (.+)$|^\s*\"(\w+)\": \(")
BETWEEN = ("//", "#", "static", "template", "@")  # may stand between a conformance line and its case
STATES = {"different": "intentionally different", "n/a": "not applicable"}
WITHOUT_TESTS = ("conformance.py", "self_test.py")


class Behaviour(NamedTuple):
    text: str
    source: str


class Catalogue(NamedTuple):
    groups: list  # (title, [id])
    behaviours: dict  # id: Behaviour
    reasons: dict  # id: (kind, text)
    shown: dict  # id: [(file, test name)]


def entries(root, path):
    """(number, line) of what is neither empty nor a comment."""
    for number, line in enumerate(root.read(path).splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield number, line


def expand(ids):
    """The ids of a list such as `ST1-5, SV1`."""
    for part in ids.replace(",", " ").split():
        span = re.fullmatch(r"([A-Z]+)(\d+)-(\d+)", part)
        yield from (f"{span[1]}{n}" for n in range(int(span[2]), int(span[3]) + 1)) if span else (part,)


def read_behaviours(root, problems):
    groups, behaviours = [], {}
    for number, line in entries(root, BEHAVIOURS):
        if line.startswith("group "):
            groups.append((line[len("group "):].strip(), []))
        elif not (entry := BEHAVIOUR.fullmatch(line)) or "|" in line or not groups:
            problems.append(f"{BEHAVIOURS}:{number}: neither `group TITLE` nor, in a group, `ID sentence. [source]`; no |")
        elif entry[1] in behaviours:
            problems.append(f"{BEHAVIOURS}:{number}: {entry[1]} has a sentence already")
        else:
            behaviours[entry[1]] = Behaviour(entry[2], entry[3])
            groups[-1][1].append(entry[1])
    return groups, behaviours


def read_reasons(root, problems):
    reasons = {}
    for number, line in entries(root, REASONS):
        if not (entry := REASON.fullmatch(line)) or "|" in line:
            problems.append(f"{REASONS}:{number}: not of the form `IDS different|n/a: reason`; no |")
            continue
        for name in expand(entry[1]):
            if name in reasons:
                problems.append(f"{REASONS}:{number}: {name} has a reason already")
            reasons[name] = (entry[2], entry[3])
    return reasons


def read_tests(root, problems):
    """{id: [(file, test name)]} from the comment lines above the cases."""
    shown = defaultdict(list)
    for path in root.files("test", ".cpp", ".py"):
        if path.name in WITHOUT_TESTS:
            continue
        waiting = []
        for number, line in enumerate(root.read(path).splitlines(), 1):
            if found := LINE.match(line):
                waiting += [name for name in re.split(r"[,\s]+", found[1]) if name]
            elif waiting and (case := CASE.match(line)):
                name = next(part for part in case.groups() if part)
                for each in waiting:
                    shown[each].append((path.as_posix(), name))
                waiting = []
            elif waiting and line.strip() and not line.lstrip().startswith(BETWEEN):
                problems.append(f"{path}:{number}: a conformance line must stand directly above its test")
                waiting = []
    return shown


def disagreements(catalogue):
    """What the sentences, the reasons and the tests say of ids that the others do not know."""
    for name in catalogue.reasons:
        if name not in catalogue.behaviours:
            yield f"{REASONS}: {name} has a reason but no sentence in {BEHAVIOURS}"
    for name, tests in catalogue.shown.items():
        if name not in catalogue.behaviours:
            yield f"{tests[0][0]}: {name} has a test but no sentence in {BEHAVIOURS}"
    for name in catalogue.behaviours:
        if name not in catalogue.shown and name not in catalogue.reasons:
            yield f"{BEHAVIOURS}: {name} has neither a test nor a reason in {REASONS}"


def links(tests):
    by_file = defaultdict(dict)  # dictionaries, as sets that keep the order
    for file, test in tests:
        by_file[file][test] = None
    return "; ".join(f"[{Path(file).stem}](../{file}): " + ", ".join(f"`{test}`" for test in names)
                     for file, names in by_file.items())


def row(name, catalogue):
    behaviour = catalogue.behaviours[name]
    kind, why = catalogue.reasons.get(name, ("", ""))
    if name in catalogue.shown:
        state = "tested, different" if kind else "tested"
        cell = links(catalogue.shown[name]) + (f". *Different:* {why}" if kind else "")
    else:
        state, cell = STATES.get(kind, "missing"), why[:1].upper() + why[1:]
    return f"| {name} | {behaviour.text} ({behaviour.source}) | {state} | {cell} |"


def page(catalogue):
    kinds = [catalogue.reasons.get(name, ("",))[0] for name in catalogue.behaviours if name not in catalogue.shown]
    tested = len(catalogue.behaviours) - len(kinds)
    lines = ["# Conformance", "",
             "The behaviours of asyncio, taken from CPython's own tests, then those of Trio, AnyIO, tokio and folly that asyncio lacks,",
             "each with the tests that show it here, or with the reason why the library differs.", "",
             f"**{len(catalogue.behaviours)} behaviours: {tested} tested, {kinds.count('different')} intentionally different, "
             f"{kinds.count('n/a')} not applicable.**", "",
             "\"Tested, different\": the tests show what the library does instead, or the part that is the same.", "",
             "Written by `python3 test/meta/conformance.py . --write` from the comments above the tests, from",
             f"[the sentences](../{BEHAVIOURS}), whose head explains the sources in parentheses, and from",
             f"[the reasons](../{REASONS}). The test `meta.conformance` fails when the page is out of date.", ""]
    for title, names in catalogue.groups:
        lines += [f"## {title}", "", "| id | behaviour | state | tests or reason |", "|---|---|---|---|"]
        lines += [row(name, catalogue) for name in names]
        lines.append("")
    return "\n".join(lines)


def read(root):
    """The catalogue and what is wrong with it."""
    problems = []
    catalogue = Catalogue(*read_behaviours(root, problems), read_reasons(root, problems), read_tests(root, problems))
    return catalogue, problems + list(disagreements(catalogue))


def check(root):
    catalogue, problems = read(root)
    target = root.root / PAGE
    if not target.exists() or target.read_text(encoding="utf-8") != page(catalogue):
        problems.append(f"{PAGE}: out of date: python3 test/meta/conformance.py . --write")
    return problems


def write(root):
    target = root.root / PAGE
    target.parent.mkdir(exist_ok=True)
    target.write_text(page(read(root)[0]), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[2:] == ["--write"]:
        root = tree.Tree(sys.argv.pop(1))
        write(root)
        tree.report(check(root))
    else:
        tree.report(check(tree.tree_from_command_line()))
