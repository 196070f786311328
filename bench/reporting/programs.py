# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""Who is measured: this library, raw Asio and the peers that are installed."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from reporting import machine

PEERS = machine.ROOT / "bench" / "peers"
PYTHON = "/usr/bin/python3"  # not the first in $PATH: the packages of Debian belong to this one
EMPTY_PYTHON = "import asyncio{}\nasync def main(): pass\nwith asyncio.Runner({}) as runner: runner.run(main())"
STARTS = 10  # of the row startup, in each round
LONGEST_RUN_S = 180


class Failed(Exception):
    """A program ended badly; the text says which and how."""


class Program:
    """Something that can do rows, one process each."""

    def __init__(self, key, title, version, empty):
        self.key = key
        self.title = title
        self.version = version
        self.empty = empty  # the command of an empty main

    def fields(self, row, min_time):
        """What the program says about a row; None if it does not have it."""
        raise NotImplementedError

    def startup(self):
        spent = []
        for _ in range(STARTS):
            begin = time.perf_counter_ns()
            process = os.posix_spawn(self.empty[0], self.empty, os.environ,
                                     file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
            _, status = os.waitpid(process, 0)
            spent.append(time.perf_counter_ns() - begin)
            if status != 0:
                raise Failed(f"{' '.join(self.empty)} failed")
        return {"ns_per_op": sorted(spent)[len(spent) // 2]}

    def measure(self, row, min_time, core):
        before = os.sched_getaffinity(0)
        try:
            os.sched_setaffinity(0, {core})  # what is started here stays there
            return self.startup() if row == "startup" else self.fields(row, min_time)
        finally:
            os.sched_setaffinity(0, before)


def output_of(command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=LONGEST_RUN_S,
                              check=False)
    except subprocess.TimeoutExpired:
        raise Failed(f"{' '.join(command)}: no end after {LONGEST_RUN_S} s") from None
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    return done.stdout


class Bench(Program):
    """One implementation in asyncio-bench."""

    WITH_OWN_WARM_UP = ("echo", "latency")

    def __init__(self, key, title, binary):
        super().__init__(key, title, "", [str(binary), f"--fresh-process={key}/startup"])
        self.binary = binary
        listed = output_of([str(binary), "--benchmark_list_tests"]).split()
        self.rows = {name.removeprefix(f"{key}/") for name in listed if name.startswith(f"{key}/")}

    def fields(self, row, min_time):
        if row not in self.rows:
            return None
        command = [str(self.binary), "--benchmark_format=json", f"--benchmark_min_time={min_time}",
                   f"--benchmark_filter=^{self.key}/{re.escape(row)}$"]
        if row in self.WITH_OWN_WARM_UP:
            command.append("--benchmark_min_warmup_time=0")
        measured = json.loads(output_of(command))["benchmarks"][0]
        if measured.get("error_occurred"):
            raise Failed(f"{self.key}/{row}: {measured.get('error_message')}")
        return {name: value for name, value in measured.items() if name.endswith(("_ns", "_per_op", "_per_task"))}

    def startup(self):
        return super().startup() if "startup" in self.rows else None


class Peer(Program):
    """A program in bench/peers."""

    def __init__(self, key, title, version, command, echo_client, empty=None):
        super().__init__(key, title, version, empty or [*command, "empty"])
        self.command = command
        self.echo_client = echo_client

    def fields(self, row, min_time):
        line = output_of([*self.command, f"--min-time={min_time}", f"--echo-client={self.echo_client}", row])
        fields = json.loads(line)
        return None if "skipped" in fields else fields


def build(command, folder, **environment):
    """Builds a peer. @return why it did not work, or nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(command, cwd=folder, env={**os.environ, **environment}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode == 0:
        return ""
    log = folder / "build.log"
    log.write_text(done.stdout, encoding="utf-8")
    return f"does not build, see {log}"


def python_peer(binary, _):
    version = machine.first_line(PYTHON, "-V")
    if machine.first_line(PYTHON, "-c", "import asyncio; print(hasattr(asyncio, 'timeout'))") != "True":
        return "needs Python 3.11 or later as /usr/bin/python3"
    return Peer("asyncio", "asyncio", f"C{version}", [PYTHON, str(PEERS / "asyncio_peer.py")], binary,
                [PYTHON, "-c", EMPTY_PYTHON.format("", "")])


def uvloop_peer(binary, _):
    version = machine.first_line(PYTHON, "-c", "import uvloop; print(uvloop.__version__)")
    if not re.match(r"\d", version):
        return "needs the Debian package python3-uvloop"
    return Peer("uvloop", "uvloop", f"uvloop {version}", [PYTHON, str(PEERS / "asyncio_peer.py"), "--uvloop"], binary,
                [PYTHON, "-c", EMPTY_PYTHON.format(", uvloop", "loop_factory=uvloop.new_event_loop")])


def node_peer(binary, _):
    node = shutil.which("node")
    if not node:
        return "needs the Debian package nodejs"
    return Peer("node", "Node", f"Node {machine.first_line(node, '-v')}", [node, str(PEERS / "node_peer.mjs")], binary,
                [node, "-e", "(async () => {})()"])


def go_peer(binary, folder):
    go = shutil.which("go")
    if not go:
        return "needs the Debian package golang-go"
    program = folder / "go" / "go_peer"
    failure = build([go, "build", "-o", str(program), str(PEERS / "go_peer.go")], program.parent, GO111MODULE="off",
                    GOCACHE=str(folder / "go" / "cache"))
    return failure or Peer("go", "Go", " ".join(machine.first_line(go, "version").split()[2:3]), [str(program)], binary)


def tokio_peer(binary, folder):
    cargo, rustc = "/usr/bin/cargo", "/usr/bin/rustc"  # Debian's, whatever else is in $PATH
    crates = sorted(Path("/usr/share/cargo/registry").glob("tokio-1.*"))
    if not (os.path.exists(cargo) and os.path.exists(rustc) and crates):
        return "needs the Debian packages rustc, cargo and librust-tokio-dev"
    copy = folder / "tokio"  # cargo writes next to the sources
    shutil.copytree(PEERS / "tokio", copy, dirs_exist_ok=True)
    failure = build([cargo, "build", "--release", "--offline", "--quiet"], copy, RUSTC=rustc,
                    CARGO_HOME=str(folder / "cargo"))
    version = f"{crates[-1].name.replace('-', ' ')}, {machine.first_line(rustc, '-V')}"
    return failure or Peer("tokio", "tokio", version, [str(copy / "target" / "release" / "tokio-peer")], binary)


PEER_MAKERS = {"asyncio": python_peer, "uvloop": uvloop_peer, "node": node_peer, "go": go_peer, "tokio": tokio_peer}


def all_programs(binary, wanted):
    """The programs to measure, and {key: why it is left out}."""
    programs = [Bench("raw_asio", "raw Asio", binary), Bench("library", "this library", binary),
                Bench("raw_asio_tuned", "raw Asio, tuned", binary)]
    left_out = {}
    folder = binary.parents[2] / "peers"
    for key in wanted:
        made = PEER_MAKERS[key](binary, folder)
        if isinstance(made, Program):
            programs.append(made)
        else:
            left_out[key] = made
            print(f"{key} is left out: {made}", file=sys.stderr)
    return programs, left_out
