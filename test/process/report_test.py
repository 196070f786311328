#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""Traces and timelines of real programs: report_test.py CASE PROGRAM SOURCE-ROOT. PROGRAM is a sample or `reported`."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

TIME_LIMIT = 60

REQUIRED = {  # by the kind of event: what must be there beyond pid, tid and name, and its type
    "M": {"args": dict},
    "B": {"ts": float, "args": dict, "cat": str},
    "E": {"ts": float},
    "X": {"ts": float, "dur": float, "cat": str},
    "i": {"ts": float, "s": str},
    "s": {"ts": float, "id": int, "cat": str},
    "f": {"ts": float, "id": int, "cat": str, "bp": str},
    "C": {"ts": float, "args": dict},
}


def run(program, arguments=(), status=0, **variables):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ASYNCIO_")} | variables
    done = subprocess.run([program, *arguments], env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=TIME_LIMIT, check=False)
    assert done.returncode == status, f"status {done.returncode} instead of {status}: {done.stderr.decode()}"


def check_trace(path, complete=True):
    """Whether it is what Chrome's trace format wants, and consistent. Gives the events."""
    trace = json.loads(path.read_text(encoding="utf-8"))
    assert set(trace) == {"displayTimeUnit", "traceEvents"}, set(trace)
    open_slices, begun, ended, last_end, named = {}, {}, set(), {}, set()
    for event in trace["traceEvents"]:
        assert isinstance(event["name"], str) and event["pid"] == 1 and isinstance(event["tid"], int), event
        kind, thread = event["ph"], event["tid"]
        for key, kind_of_value in REQUIRED[kind].items():
            assert isinstance(event[key], kind_of_value), (key, event)
        if kind == "M":
            assert isinstance(event["args"]["name"], str), event
            named.add(thread)
            continue
        assert event["ts"] >= 0 and thread in named, event
        if kind == "B":
            assert thread not in open_slices, f"two lives of one task: {event}"
            open_slices[thread] = event
        elif kind == "E":
            assert open_slices.pop(thread)["ts"] <= event["ts"], event
        elif kind == "X":
            assert event["dur"] >= 0, event
            assert thread == 0 or thread in open_slices, f"outside the life of its task: {event}"
            if thread != 0:  # callbacks may nest
                assert event["ts"] >= last_end.get(thread, 0) - 0.0005, f"slices overlap: {event}"
                last_end[thread] = event["ts"] + event["dur"]
        elif kind == "s":
            assert event["id"] not in begun, event
            begun[event["id"]] = event["ts"], event["cat"], event["name"]
        elif kind == "f":
            since, *both = begun[event["id"]]
            assert since <= event["ts"] and event["id"] not in ended, event
            assert both == [event["cat"], event["name"]], f"nobody can tell which arrow ends here: {event}"
            ended.add(event["id"])
        elif kind == "C":
            assert event["args"]["ready"] >= 0, event
        elif kind == "i":
            assert event["s"] == "t", event
    if complete:
        assert not open_slices and set(begun) == ended, (open_slices, set(begun) - ended)
    return trace["traceEvents"]


def names(events, kind):
    return [event["name"] for event in events if event["ph"] == kind]


def trace_of_everything(program, folder, _):
    run(program, ["everything"], ASYNCIO_CLOCK="virtual", ASYNCIO_TRACE=str(folder / "t.json"))
    events = check_trace(folder / "t.json")
    lives = [event for event in events if event["ph"] == "B"]
    by_name = {event["name"]: event for event in lives}
    assert {"Task-1", "fails", 'qu"o\\te <\u00e4>', "timed", "cancelled"} <= set(by_name), set(by_name)
    assert by_name["fails"]["args"]["created at"].startswith("reported.cpp:"), by_name["fails"]
    for mark in ("error", "cancel requested", "cancelled", "timeout"):
        assert mark in names(events, "i"), mark
    for wait in ("sleep", "lock", "gather", "join of task"):
        assert wait in names(events, "X"), wait
    assert "spawn" in names(events, "s") and "wake" in names(events, "s")
    assert max(event["args"]["ready"] for event in events if event["ph"] == "C") >= 3
    outcomes = {event["args"]["outcome"] for event in events if event["ph"] == "E"}
    assert outcomes == {"finished", "failed", "cancelled"}, outcomes


def trace_in_real_time(program, folder, _):
    run(program, ["everything"], ASYNCIO_TRACE=str(folder / "t.json"))
    events = check_trace(folder / "t.json")
    assert "idle" in names(events, "X")
    assert any(event["dur"] > 0 for event in events if event["ph"] == "X" and event["name"] == "run")


def equal_for_equal_seeds(program, folder, _):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        run(program, ASYNCIO_CLOCK="virtual", ASYNCIO_SEED=str(seed), ASYNCIO_TRACE=str(folder / f"{name}.json"),
            ASYNCIO_TIMELINE=str(folder / f"{name}.html"))
    for suffix in ("json", "html"):
        a, b, c = ((folder / f"{name}.{suffix}").read_bytes() for name in "abc")
        assert a == b and a != c and len(a) > 10_000, suffix
    check_trace(folder / "a.json")


def trace_survives_an_exception(program, folder, _):
    run(program, ["throws"], status=3, ASYNCIO_TRACE=str(folder / "t.json"), ASYNCIO_TIMELINE=str(folder / "t.html"))
    events = check_trace(folder / "t.json")
    assert "left over" in names(events, "B") and "error" in names(events, "i")
    assert '"name":"left over"' in (folder / "t.html").read_text(encoding="utf-8")


def trace_survives_signals(program, folder, _):
    for number, status, complete in ((signal.SIGINT, 130, True), (signal.SIGKILL, -signal.SIGKILL, False)):
        path = folder / f"{number}.json"
        child = subprocess.Popen([program, "waits"], stdout=subprocess.PIPE,
                                 env=os.environ | {"ASYNCIO_TRACE": str(path)},
                                 preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        try:
            assert child.stdout.readline() == b"waits\n"
            # Killed while it is idle; everything before that is on disk when the loop begins to wait.
            while b"long wait" not in path.read_bytes():
                pass
            child.send_signal(number)
            assert child.wait(TIME_LIMIT) == status, child.returncode
        finally:
            child.kill()
        assert "long wait" in names(check_trace(path, complete), "B")


def each_run_has_a_file_of_its_own(program, folder, _):
    run(program, ["twice"], ASYNCIO_TRACE=str(folder / "t.json"), ASYNCIO_TIMELINE=str(folder / "t"))
    assert "first run" in names(check_trace(folder / "t.json"), "B")
    assert "second run" in names(check_trace(folder / "t.2.json"), "B")
    assert '"name":"second run"' in (folder / "t.2").read_text(encoding="utf-8")


def a_path_that_cannot_be_written_is_an_error(program, folder, _):
    for variable in ("ASYNCIO_TRACE", "ASYNCIO_TIMELINE"):
        done = subprocess.run([program, "everything"], env=os.environ | {variable: str(folder / "none" / "f")},
                              capture_output=True, timeout=TIME_LIMIT, check=False)
        assert done.returncode == 3 and b"cannot be written: No such file or directory" in done.stdout, done


def timeline_is_golden(program, folder, root):
    golden = root / "test" / "process" / "timeline_08.golden"
    template = (root / "src" / "inspect" / "timeline.html").read_text(encoding="utf-8")
    run(program, ASYNCIO_CLOCK="virtual", ASYNCIO_SEED="1", ASYNCIO_TIMELINE=str(folder / "t.html"))
    page = (folder / "t.html").read_text(encoding="utf-8")
    before, after = template.split("@DATA@")
    assert page.startswith(before) and page.endswith(after)
    data = page[len(before):len(page) - len(after)]
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(data, encoding="utf-8")
    assert data == golden.read_text(encoding="utf-8"), f"the data differ from {golden}:\n{data}"
    run_data = json.loads(data)
    sleeps = run_data["labels"].index("sleep") + 2
    together = [task for task in run_data["tasks"] if task["parent"] == 1]
    assert len(together) == 4
    for task in together:  # the four delays overlap
        assert task["s"][2:4] == [2_000_000_000, sleeps] and task["to"] == 2_500_000_000, task


def main():
    case, program, root = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        globals()[case](program, Path(folder), Path(root))


if __name__ == "__main__":
    main()
