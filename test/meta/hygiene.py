#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""House rules that a text search can keep. What each finding means is said in its sentence."""

import re
import shutil
import subprocess

import tree

BANNED_INCLUDES = {
    "boost/asio.hpp": "include the narrow header of what is used",
    "spdlog/spdlog.h": "include <spdlog/fwd.h> and log in a .cpp",
    "iostream": "include <iosfwd> and print in a .cpp",
    "regex": "it costs every user a second",
}
OUR_FOLDERS = ("include", "src", "test", "samples", "bench", "cmake", "packaging")
OUR_SUFFIXES = (".hpp", ".cpp", ".py", ".go", ".mjs", ".rs", ".cmake", ".sh", ".txt", "")
MARK = re.compile(r"\b(TODO|FIXME|XXX)\b")
REAL_SLEEP = re.compile(r"\bthis_thread\s*::\s*sleep_(?:for|until)\b|\b(?:usleep|nanosleep)\s*\(")
TOP_LEVEL = {".ci", ".clang-format", ".clang-tidy", ".github", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "CMakeLists.txt", "CMakePresets.json", "LICENSE",
             "README.md", "bench", "cmake", "doc", "include", "packaging", "samples", "src", "test"}
SAMPLE_LINES = 62
ROOT_CMAKE_LINES = 150


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def banned_includes(root):
    for path in root.files("include", ".hpp"):
        for include in tree.includes(root.read(path)):
            if include.name in BANNED_INCLUDES:
                yield f"{path}:{include.line}: <{include.name}> in a public header; {BANNED_INCLUDES[include.name]}"


def marks(root):
    this = "test/meta/"
    for folder in OUR_FOLDERS:
        for path in root.files(folder, *OUR_SUFFIXES):
            if path.as_posix().startswith(this):
                continue  # These files must be able to name what they look for.
            text = root.read(path)
            for match in MARK.finditer(text):
                yield f"{path}:{line_of(text, match.start())}: {match[0]}: do it, or open an issue and leave no mark"


def real_sleeps(root):
    for path in root.files("test/unit", ".cpp", ".hpp"):
        text = tree.blank(root.read(path))
        for match in REAL_SLEEP.finditer(text):
            yield f"{path}:{line_of(text, match.start())}: {match[0]}: a unit test waits in virtual time only"


def samples(root):
    for path in root.files("samples", ".cpp"):
        text = root.read(path)
        if len(text.splitlines()) > SAMPLE_LINES:
            yield f"{path}: {len(text.splitlines())} lines, a sample has at most {SAMPLE_LINES}"
        if not re.match(r"// Copyright[^\n]*\n// SPDX[^\n]*\n// \S", text):
            yield f"{path}: the first line after the licence must be a comment that says what to look at"
        for suffix in (".py", ".golden"):
            if not (root.root / path).with_suffix(suffix).exists():
                yield f"{path}: {path.stem}{suffix} is missing"


def words(text):
    """The words of a CMakeLists.txt, without its comments."""
    return set(re.findall(r"[\w./-]+", re.sub(r"#[^\n]*", "", text)))


def explicit_lists(root):
    """What is not listed is not built, and nobody would notice."""
    for pattern, suffix, listing in (
            ("test/unit/*_test.cpp", "_test", "test/unit/CMakeLists.txt"),
            ("test/compile_fail/*.cpp", "", "test/compile_fail/CMakeLists.txt"),
            ("samples/*.cpp", "", "samples/CMakeLists.txt")):
        listed = words(root.read(listing))
        for path in sorted(root.root.glob(pattern)):
            if path.stem.removesuffix(suffix) not in listed:
                yield f"{path.relative_to(root.root)}: not listed in {listing}"

    listed = words(root.read("src/CMakeLists.txt"))
    for path in root.files("src", ".cpp"):
        if path.relative_to("src").as_posix() not in listed:
            yield f"{path}: not listed in src/CMakeLists.txt"
    for header in root.headers():
        if header not in listed:
            yield f"include/asyncio/{header}: not listed in src/CMakeLists.txt"


# Data, prose, and what has no comments.
WITHOUT_LICENCE = (".md", ".golden", ".json", ".svg", ".png", ".bin", ".html")
NAMES_WITHOUT_LICENCE = ("LICENSE", "usage")  # vcpkg shows its users all of the latter
LICENCE = re.compile(r"(#!.*\n)?(//|#) Copyright \d{4} The asyncio-cpp authors\n\2 SPDX-License-Identifier: BSL-1\.0\n")


def licences(root):
    for path in root.tracked():
        if path.suffix in WITHOUT_LICENCE or path.name in NAMES_WITHOUT_LICENCE:
            continue
        if not LICENCE.match(root.read(path)):
            yield f"{path}: does not begin with the two lines about copyright and licence (// SPDX-License-Identifier: BSL-1.0)"


# clang-format 14 takes this multiplication for a declaration.
TAKEN_FOR_A_POINTER = re.compile(r"\bco_return \w+ \* \w+;")


def line_text(root, name, number):
    return root.read(name).splitlines()[number - 1]


def formatting(root):
    """Debian 12's clang-format and the project's .clang-format decide; another version may break lines otherwise."""
    tool = shutil.which("clang-format-14") or shutil.which("clang-format")
    if tool is None or " 14." not in subprocess.run([tool, "--version"], capture_output=True, text=True, check=True).stdout:
        return
    files = [str(path) for path in root.tracked() if path.suffix in (".hpp", ".cpp")]
    done = subprocess.run([tool, "--dry-run", *files], cwd=root.root, capture_output=True, text=True, check=True)
    places = {tuple(line.split(":")[:2]) for line in done.stderr.splitlines() if "[-Wclang-format-violations]" in line}
    for name in sorted({name for name, line in places if not TAKEN_FOR_A_POINTER.search(line_text(root, name, int(line)))}):
        yield f"{name}: not formatted; run clang-format -i {name}"


FILE_LINES = 350


def lengths(root):
    for path in root.files("include", ".hpp") + root.files("src", ".hpp", ".cpp"):
        lines = len(root.read(path).splitlines())
        if lines > FILE_LINES:
            yield f"{path}: {lines} lines, more than {FILE_LINES}; it has more than one concept"


def root_cmake(root):
    lines = len(root.read("CMakeLists.txt").splitlines())
    if lines >= ROOT_CMAKE_LINES:
        yield f"CMakeLists.txt: {lines} lines, {ROOT_CMAKE_LINES} are too many; the rest belongs into cmake/"


OPEN, CLOSE = "([{", ")]}"


def expression_around(text, position):
    """The bounds of the statement (roughly: the full expression) that contains position, in blanked text."""
    depth, begin = 0, position
    while begin > 0:
        char = text[begin - 1]
        if char in CLOSE:
            after = text[begin:].lstrip()[:1]
            # A brace that ends a statement, and not a lambda or an initializer within this one.
            if char == "}" and depth == 0 and after not in (",", ")", "(", ";", "."):
                break
            depth += 1
        elif char in OPEN:
            if char == "{" and depth == 0:
                break
            depth = max(depth - 1, 0)
        elif char == ";" and depth == 0:
            break
        begin -= 1

    depth, end = 0, position
    while end < len(text):
        char = text[end]
        if char in OPEN:
            depth += 1
        elif char in CLOSE:
            if char == "}" and depth <= 0:
                break
            depth -= 1
        elif char == ";" and depth <= 0:
            break
        end += 1
    return begin, end


LAMBDA = re.compile(r"\[(?P<captures>[^\[\]]*)\]\s*(?=[({<]|mutable\b|->)")


def captures_by_value(captures):
    """References and this are trivial to destroy; any other capture may not be."""
    names = [name.strip() for name in captures.split(",")]
    return any(name and name != "this" and not name.startswith("&") for name in names)


def capturing_lambdas(root):
    """g++ 12.0 to 12.2 destroy a capturing temporary twice when co_await stands in the same full expression."""
    for folder in ("src", "include"):
        for path in root.files(folder, ".cpp", ".hpp"):
            text = tree.blank(root.read(path))
            for await_ in re.finditer(r"\bco_await\b", text):
                begin, end = expression_around(text, await_.start())
                for match in LAMBDA.finditer(text, begin, end):
                    before = text[:match.start()].rstrip()[-1:]
                    subscript = before.isalnum() or before in ("_", ")", "]")
                    if not subscript and captures_by_value(match["captures"]):
                        yield (f"{path}:{line_of(text, match.start())}: a lambda [{match['captures']}] in an expression "
                               "with co_await; give it a name first and move it in")


def top_level(root):
    """What git keeps beside the folders of the project: a test that writes where it stands leaves its files there."""
    for name in sorted({path.parts[0] for path in root.tracked()} - TOP_LEVEL):
        yield f"{name}:1: not one of the files and folders of the top level; move it, or list it in test/meta/hygiene.py"


RULES = (banned_includes, marks, real_sleeps, samples, explicit_lists, licences, formatting, lengths, root_cmake, capturing_lambdas, top_level)


def check(root):
    return [finding for rule in RULES for finding in dict.fromkeys(rule(root))]


if __name__ == "__main__":
    tree.report(check(tree.tree_from_command_line()))
