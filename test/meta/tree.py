# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""What the tests of the source tree share: which files there are, what they include, how a finding is reported."""

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


class Include(NamedTuple):
    name: str
    line: int
    quoted: bool


def includes(text):
    """Every #include of a file, also in conditional sections."""
    return [Include(match[2], text.count("\n", 0, match.start()) + 1, match[1] == '"') for match in INCLUDE.finditer(text)]


def blank(text):
    """The text with comments, strings and character literals replaced by spaces: same length, same lines."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-zA-Z_])\'(?:\\.|[^\'\\\n])+\'',
        re.DOTALL)
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


class Tree:
    def __init__(self, root):
        self.root = Path(root).resolve()
        self.include = self.root / "include" / "asyncio"

    def files(self, folder, *suffixes):
        """The files below folder, in order, as paths relative to the root."""
        found = (self.root / folder).rglob("*")
        return sorted(path.relative_to(self.root) for path in found if path.is_file() and path.suffix in suffixes)

    def headers(self):
        """All headers, as the part of their name after include/asyncio/."""
        return [path.relative_to("include/asyncio").as_posix() for path in self.files("include/asyncio", ".hpp")]

    def tracked(self):
        """The files of the repository; without git those of its folders."""
        listed = subprocess.run(["git", "-C", str(self.root), "ls-files"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                text=True, check=False)
        names = listed.stdout.splitlines() if listed.returncode == 0 else [
            path.relative_to(self.root) for folder in ("include", "src", "test", "samples", "bench", "cmake", "packaging")
            for path in (self.root / folder).rglob("*") if path.is_file()]
        return sorted(Path(name) for name in names if (self.root / name).is_file())

    def read(self, path):
        return (self.root / path).read_text(encoding="utf-8")


def report(findings):
    """Ends the test: each finding on a line, as file:line: sentence, like a compiler's."""
    for finding in findings:
        print(finding)
    if findings:
        sys.exit(f"{len(findings)} finding{'s' if len(findings) > 1 else ''}")


def tree_from_command_line():
    if len(sys.argv) != 2:
        sys.exit(f"usage: {Path(sys.argv[0]).name} ROOT-OF-THE-REPOSITORY")
    return Tree(sys.argv[1])
