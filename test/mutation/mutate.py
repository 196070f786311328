#!/usr/bin/env python3
"""Mutation check: changes one place of src/ or include/ at a time and sees whether a test notices.

mutate.py BUILD-FOLDER [--seed N] [--count N] [--minutes M] [--only REGEX] [--list]

Each mutant is one small change: a comparison turned round, + for -, a constant off by one, && for ||, a condition negated,
a call statement dropped, true for false. It is written into the source tree, the library and the unit tests that are most
likely to notice are built, these run, and the file is put back. A mutant that fails a test or does not end is killed; one
that all tests accept has survived and is printed; one that does not compile is none. The choice is drawn from the seed, so
that a list of survivors can be repeated. Uses what the folder was configured for; `dev` is the preset meant.
"""

import argparse
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test" / "meta"))
import tree  # noqa: E402

# (name, pattern, replacement): where the pattern stands in code, one mutant.
OPERATORS = (
    ("equal", r"(?<![=!<>])==(?!=)", "!="),
    ("not equal", r"!=(?!=)", "=="),
    ("less", r"(?<=\s)<(?=\s)", "<="),
    ("at most", r"(?<=\s)<=(?=\s)", "<"),
    ("greater", r"(?<=\s)>(?=\s)", ">="),
    ("at least", r"(?<=\s)>=(?=\s)", ">"),
    ("and", r"&&(?=\s)", "||"),
    ("or", r"(?<=\s)\|\|", "&&"),
    ("plus", r"(?<=\w\s)\+(?=\s\w)", "-"),
    ("minus", r"(?<=\w\s)-(?=\s\w)", "+"),
    ("increment", r"\+\+(?=\w)", "--"),
    ("decrement", r"--(?=\w)", "++"),
    ("true", r"\btrue\b", "false"),
    ("false", r"\bfalse\b", "true"),
    ("zero", r"(?<=[=\s(,])0(?=[;,)\s])", "1"),
    ("one", r"(?<=[=\s(,])1(?=[;,)\s])", "2"),
    ("negated condition", r"\bif \((?!constexpr)(?=[^;{}()]*(?:\([^()]*\)[^;{}()]*)*\)\s)", "if (not "),
    ("dropped call", r"^\s+(?!return|throw|co_|delete|using|static|break|continue)[\w>.\-:]+\([^;{}]*\);(?=\s*$)", ";"),
    ("early return", r"\breturn false;", "return true;"),
)
# Files in which a change is no change of behaviour that a unit test could see.
LEFT_OUT = ("include/asyncio/detail/callable.hpp", "include/asyncio/version.hpp", "include/asyncio/config.hpp",
            "include/asyncio/fwd.hpp", "include/asyncio/asyncio.hpp", "include/asyncio/testing.hpp")
# Lines that are hints to the compiler or texts.
SKIPPED_LINE = re.compile(r"^\s*#|static_assert|__builtin_|\[\[|noexcept\(|template <|requires|operator|concept|std::forward")
# What notices most of all that goes wrong in the core.
CORE = ("task", "cancel", "cancel_raw", "gather", "task_group", "timeout", "sleep", "run", "loop", "adopt", "race", "shield",
        "testing", "debug", "instrument")
MOST_TESTS = {".cpp": 1000, ".hpp": 6}  # to link one is quick, to compile one is not
PROCESS = "the process tests"
BUILD_SECONDS = 900
TEST_SECONDS = 60


class Mutant(NamedTuple):
    path: Path
    begin: int
    end: int
    text: str
    kind: str
    line: int

    def __str__(self):
        return f"{self.path}:{self.line}: {self.kind}"


def mutants_of(path, text):
    code = tree.blank(text)
    for kind, pattern, replacement in OPERATORS:
        for match in re.finditer(pattern, code, re.MULTILINE):
            begin, end = match.span()
            if kind == "dropped call":
                begin += len(match[0]) - len(match[0].lstrip())
            first = code.rfind("\n", 0, begin) + 1
            last = code.find("\n", begin)
            if SKIPPED_LINE.search(code[first:last]):
                continue
            new = replacement
            if kind == "negated condition":
                new = "if (not ("
                close = matching(code, begin + len("if "))
                if close is None:
                    continue
                end, new = close, f"if (!({text[begin + len('if ('):close]})"
            yield Mutant(path, begin, end, new, kind, text.count("\n", 0, begin) + 1)


def matching(code, opening):
    """The place of the bracket that closes the one at opening."""
    depth = 0
    for place in range(opening, len(code)):
        depth += (code[place] == "(") - (code[place] == ")")
        if depth == 0:
            return place
    return None


def users():
    """{file stem: stems of the files of src/ and include/ that include its header}"""
    found = {}
    for path in tree.Tree(ROOT).files("src", ".cpp") + tree.Tree(ROOT).files("include", ".hpp"):
        for include in tree.includes((ROOT / path).read_text(encoding="utf-8")):
            if include.name.startswith("asyncio/") and path.stem != "asyncio":
                found.setdefault(Path(include.name).stem, set()).add(path.stem)
    return found


def tests_for(path, users_of, tests):
    """The tests to ask, the most telling first: of that name, of what uses the file, of the core, the others."""
    near, seen = [path.stem], {path.stem}
    for stem in near:  # grows while it is walked: breadth first
        more = sorted(users_of.get(stem, set()) - seen)
        seen.update(more)
        near += more
    named = [name for stem in near for name in tests if stem == name or stem.startswith(name + "_")]
    core = [name for name in CORE if name in tests]
    return list(dict.fromkeys(named + core + tests))[:MOST_TESTS[path.suffix]]


def run(command, seconds, **options):
    try:
        return subprocess.run(command, timeout=seconds, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              check=False, **options).returncode
    except subprocess.TimeoutExpired:
        return None


class NoMutant(Exception):
    """It does not compile."""


def judge(build, tests):
    """What the tests say of the tree as it is: the first complaint, or None."""
    for name in tests:
        targets, command = [f"test_{name}"], [str(build / "test" / "unit" / f"test_{name}")]
        if name == PROCESS:
            targets = [f"process_{path.stem}" for path in (ROOT / "test" / "process").glob("*.cpp")]
            command = ["ctest", "--test-dir", str(build), "--label-regex", "^process$"]
        built = run(["nice", "cmake", "--build", str(build), "--target", *targets], BUILD_SECONDS)
        if built != 0:
            raise NoMutant()
        code = run(["nice", *command], TEST_SECONDS)
        if code != 0:
            return f"killed by {name}" if code is not None else f"never ends in {name}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no mutant after that long")
    parser.add_argument("--only", default="", help="files whose path matches")
    parser.add_argument("--list", action="store_true", help="print the mutants and do nothing")
    arguments = parser.parse_args()

    dirty = subprocess.run(["git", "status", "--porcelain", "--", "src", "include"], cwd=ROOT, text=True,
                           stdout=subprocess.PIPE, check=True).stdout
    if dirty and not arguments.list:
        sys.exit("src/ and include/ have changes that are not committed; a mutant could not be told from them")

    candidates = []
    for path in tree.Tree(ROOT).files("src", ".cpp") + tree.Tree(ROOT).files("include", ".hpp"):
        if path.as_posix() not in LEFT_OUT and re.search(arguments.only, path.as_posix()):
            candidates += mutants_of(path, (ROOT / path).read_text(encoding="utf-8"))
    # A header costs a build of every test that includes it: sources are drawn three times as often.
    generator = random.Random(arguments.seed)
    weighted = sorted(candidates, key=lambda m: generator.random() ** (3 if m.path.suffix == ".cpp" else 1), reverse=False)
    chosen = weighted[:arguments.count]
    if arguments.list:
        for mutant in chosen:
            print(mutant)
        print(f"{len(chosen)} of {len(candidates)}")
        return

    users_of = users()
    tests = [path.stem.removesuffix("_test") for path in sorted((ROOT / "test" / "unit").glob("*_test.cpp"))]
    tests.append(PROCESS)
    asked = {name for mutant in chosen for name in tests_for(mutant.path, users_of, tests)}
    try:
        if complaint := judge(arguments.build.resolve(), sorted(asked)):
            sys.exit(f"without any mutant: {complaint}")
    except NoMutant:
        sys.exit("without any mutant: the tests cannot be built")

    begun = time.monotonic()
    survivors, killed = [], 0
    for number, mutant in enumerate(chosen, 1):
        if time.monotonic() - begun > arguments.minutes * 60:
            break
        file = ROOT / mutant.path
        original = file.read_text(encoding="utf-8")
        try:
            file.write_text(original[:mutant.begin] + mutant.text + original[mutant.end:], encoding="utf-8")
            death = judge(arguments.build.resolve(), tests_for(mutant.path, users_of, tests))
        except NoMutant:
            print(f"{number:4} {mutant}: does not compile", flush=True)
            continue
        finally:
            file.write_text(original, encoding="utf-8")
        print(f"{number:4} {mutant}: {death or 'SURVIVED'}", flush=True)
        if death:
            killed += 1
        else:
            survivors.append(mutant)
    total = killed + len(survivors)
    print(f"\n{killed} of {total} mutants killed" + (f" ({100 * killed // total} %)" if total else ""))
    for mutant in survivors:
        print(f"  survived: {mutant}")


def terminate(number, frame):
    """SIGTERM, too, puts the file back."""
    sys.exit(f"ended by signal {number}")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, terminate)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it, tests must not inherit that
    main()
