#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""Mutation check: is there a test for everything that the code does?

mutate.py [--seed N] [--count N] [--only REGEX] [--folder FOLDER] [--list] [--number N]

A mutant is one small change of src/ or include/: a comparison turned round, + for -, a constant off by one, && for ||, a
condition negated, a call dropped, true for false. All mutants of a run are compiled at once, into a copy of the tree, and each
is in effect only where the environment variable MUTANT has its number; so a mutant costs the time of its tests and no
build. The unit tests most likely to notice run first, then the others, the process tests and 500 programs of the differential
test. A mutant that fails one of them or does not end is killed; one that all of them accept has survived and is printed. One
that does not compile is none. survivors.txt explains those that change no behaviour; other survivors make the run fail when
less than 90 % are killed. The seed draws them, by the text of their lines: a change of the code changes the choice where it
is, and nowhere else.
"""

import argparse
import concurrent.futures
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test" / "meta"))
import mutants  # noqa: E402
import tree  # noqa: E402

COPIED = ("CMakeLists.txt", "cmake", "include", "src", "test")
# What notices most of all that goes wrong in the core.
CORE = ("task", "cancel", "gather", "task_group", "timeout", "sleep", "run", "loop", "adopt", "race")
PROCESS, DIFFERENTIAL = "process tests", "differential test"
FLOOR = 90  # %
ERROR = re.compile(r"^(?P<file>[^\s:]+):(?P<line>\d+):(?:\d+:)? +(?:fatal )?error:")
REQUIRED = re.compile(r"^(?P<file>[^\s:]+):(?P<line>\d+):(?:\d+:)? +(?:required|note|in ')")


class Laboratory:
    """The copy of the tree and what is built from it."""

    def __init__(self, folder):
        self.source, self.build, self.work = folder / "source", folder / "build", folder / "work"

    def write(self, chosen):
        """Brings the copy up to date, with the mutants {number: mutant} in it. A file that stays the same keeps its time."""
        by_file = {}
        for number, mutant in chosen.items():
            by_file.setdefault(mutant.path, {})[number] = mutant
        wanted = set()
        for name in COPIED:
            for file in [ROOT / name] if (ROOT / name).is_file() else (ROOT / name).rglob("*"):
                path = file.relative_to(ROOT)
                if not file.is_file() or "__pycache__" in path.parts:
                    continue
                wanted.add(path)
                content = file.read_bytes()
                if path in by_file:
                    content = mutants.written(content.decode(), by_file[path]).encode()
                copy = self.source / path
                if not copy.exists() or copy.read_bytes() != content:
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    copy.write_bytes(content)
                    copy.chmod(file.stat().st_mode)
        for copy in list(self.source.rglob("*")):
            if copy.is_file() and copy.relative_to(self.source) not in wanted:
                copy.unlink()

    def configure(self):
        flags = f"-O0 -w -include {ROOT / 'test' / 'mutation' / 'mutant.hpp'}"
        subprocess.run(["cmake", "-S", str(self.source), "-B", str(self.build), "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug",
                        f"-DCMAKE_CXX_FLAGS_DEBUG={flags}", "-DASYNCIO_BUILD_SAMPLES=OFF", "-DASYNCIO_BUILD_BENCH=OFF",
                        "-DASYNCIO_INSTALL=OFF"], stdout=subprocess.DEVNULL, check=True)

    def complaints(self, targets, jobs):
        """Lines of the copy that do not compile, as sets of (path, line) of which one must go; empty if all is built."""
        # Stops early: what is wrong in a header is wrong in all that includes it.
        done = subprocess.run(["nice", "cmake", "--build", str(self.build), "-j", str(jobs), "--target", *targets, "--", "-k", "3"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
        if done.returncode == 0:
            return []
        found, around = [], set()
        for line in done.stdout.splitlines():
            if match := REQUIRED.match(line):
                around.add(self.place(match))
            if match := ERROR.match(line):
                found.append((self.place(match), around))
                around = set()
        if not found:
            sys.exit(done.stdout[-4000:])
        return found

    def place(self, match):
        path = Path(match["file"])
        path = path if path.is_absolute() else self.build / path
        path = Path(os.path.normpath(path))
        return (path.relative_to(self.source) if path.is_relative_to(self.source) else path), int(match["line"])

    def build_all(self, chosen, targets, jobs):
        """Builds with the mutants; takes those out that do not compile and returns them."""
        refused = {}
        while True:
            self.write(chosen)
            complaints = self.complaints(targets, jobs)
            if not complaints:
                return refused
            guilty = set()
            for place, around in complaints:
                here = at(chosen, place)
                guilty |= here or {n for other in around for n in at(chosen, other)}
            if not guilty:
                sys.exit("does not compile, for no mutant's fault: " + "; ".join(f"{p}:{n}" for (p, n), _ in complaints))
            for number in guilty:
                refused[number] = chosen.pop(number)
            print(f"{len(refused)} do not compile so far", flush=True)


def at(chosen, place):
    path, line = place
    return {n for n, m in chosen.items() if m.path == path and m.line <= line <= m.last}


class Tests:
    def __init__(self, laboratory):
        self.laboratory = laboratory
        self.units = [path.stem.removesuffix("_test") for path in sorted((ROOT / "test" / "unit").glob("*_test.cpp"))]
        self.users = users()
        self.usual_seconds = {}

    def targets(self):
        processes = [f"process_{path.stem}" for path in (ROOT / "test" / "process").glob("*.cpp")]
        return [f"test_{name}" for name in self.units] + processes + ["asyncio-differential"]

    def run(self, name, number):
        """None if the test accepts the mutant, otherwise what happened."""
        build = self.laboratory.build
        command = [str(build / "test" / "unit" / f"test_{name}")]
        if name == PROCESS:
            command = ["ctest", "--test-dir", str(build), "--label-regex", "^process$"]
        elif name == DIFFERENTIAL:
            command = [sys.executable, "-B", str(ROOT / "test" / "differential" / "compare.py"),
                       str(build / "test" / "differential" / "asyncio-differential"), "--seeds", "0", "500"]
        environment = os.environ | ({"MUTANT": str(number)} if number else {})
        seconds = 20 + 10 * self.usual_seconds.get(name, 10)
        begun = time.monotonic()
        with subprocess.Popen(["nice", *command], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              stdin=subprocess.DEVNULL, cwd=self.laboratory.work, start_new_session=True) as process:
            try:
                code = process.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                return f"never ends in {name}"
        if number is None:
            self.usual_seconds[name] = time.monotonic() - begun
        return f"killed by {name}" if code != 0 else None

    def order(self, path):
        """The most telling first: of that name, of what uses the file, of the core, the others, the slow ones."""
        near, seen = [path.stem], {path.stem}
        for stem in near:  # grows while it is walked: breadth first
            more = sorted(self.users.get(stem, set()) - seen)
            seen.update(more)
            near += more
        named = [name for stem in near for name in self.units if stem == name or stem.startswith(name + "_")]
        return list(dict.fromkeys(named + [name for name in CORE if name in self.units] + self.units)) + [DIFFERENTIAL, PROCESS]

    def judge(self, number, mutant):
        for name in self.order(mutant.path):
            if complaint := self.run(name, number):
                return complaint
        return None


def users():
    """{file stem: stems of the files of src/ and include/ that include its header}"""
    found = {}
    root = tree.Tree(ROOT)
    for path in root.files("src", ".cpp") + root.files("include", ".hpp"):
        for include in tree.includes(root.read(path)):
            if include.name.startswith("asyncio/") and path.stem != "asyncio":
                found.setdefault(Path(include.name).stem, set()).add(path.stem)
    return found


def known_survivors():
    """Lines of survivors.txt: file, part of the changed line (all of it after a =), kind, reason, separated by |."""
    listed = []
    for line in (Path(__file__).parent / "survivors.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            path, code, kind, reason = (part.strip() for part in line.split(" | "))
            listed.append((path, code, kind, reason))
    return listed


def explanation(mutant, listed):
    for path, code, kind, reason in listed:
        fits = code[1:].strip() == mutant.code if code.startswith("=") else code in mutant.code
        if fits and path == mutant.path.as_posix() and kind == mutant.kind:
            return reason
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=220, help="mutants to draw (220); some do not compile")
    parser.add_argument("--only", default="", help="files whose path matches")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "mutation")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--list", action="store_true", help="print the mutants and do nothing")
    parser.add_argument("--number", type=int, help="only that one of the run")
    arguments = parser.parse_args()

    candidates = mutants.drawn(mutants.of_tree(tree.Tree(ROOT), arguments.only), arguments.seed)
    chosen = dict(zip(range(1, arguments.count + 1), mutants.apart(candidates)))
    if arguments.list:
        for number, mutant in chosen.items():
            print(f"{number:4} {mutant}")
        print(f"{len(chosen)} of {len(candidates)}")
        return

    laboratory = Laboratory(arguments.folder.resolve())
    tests = Tests(laboratory)
    laboratory.write(chosen)
    laboratory.configure()
    laboratory.work.mkdir(exist_ok=True)  # where mutants may write what they like
    targets = tests.targets()
    refused = {}
    for some in (["asyncio"], ["test_gather"], targets):
        refused |= laboratory.build_all(chosen, some, arguments.jobs)
    print(f"{len(chosen)} mutants, {len(refused)} more do not compile", flush=True)

    for name in tests.units + [DIFFERENTIAL, PROCESS]:
        if complaint := tests.run(name, None):
            sys.exit(f"without any mutant: {complaint}")

    listed = known_survivors()
    survivors, explained, killed = [], 0, 0
    if arguments.number:
        chosen = {arguments.number: chosen[arguments.number]}
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        deaths = {pool.submit(tests.judge, number, mutant): (number, mutant) for number, mutant in chosen.items()}
        for future in concurrent.futures.as_completed(deaths):
            number, mutant = deaths[future]
            death, reason = future.result(), explanation(mutant, listed)
            print(f"{number:4} {mutant}: {death or ('SURVIVED' + (', as it must: ' + reason if reason else ''))}", flush=True)
            if death:
                killed += 1
            elif reason:
                explained += 1
            else:
                survivors.append((number, mutant))

    counted = killed + len(survivors)
    share = 100 * killed / counted if counted else 100
    print(f"\n{killed} of {counted} mutants killed ({share:.1f} %); besides, {explained} change no behaviour")
    for number, mutant in sorted(survivors):
        print(f"  survived: {number:4} {mutant}:  {mutant.code}")
    if share < FLOOR:
        sys.exit(f"fewer than {FLOOR} % killed")


if __name__ == "__main__":
    # A job in a shell's background ignores it, which the tests must not inherit.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    main()
