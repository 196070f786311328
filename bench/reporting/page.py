# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""doc/performance.md from the numbers."""

import math

from reporting import chart
from reporting.compile_cost import BARE
from reporting.rounds import Results

GROWTH = {"grow_tasks": "tasks alive", "grow_timers": "timers pending"}
BYTES = "bytes"
DASH = "–"

INTRODUCTION = """\
# Performance

Written by `bench/report`; the text under "Where the missed goals are lost" is `bench/notes.md`. There is one program per
row and runtime; all do the same work, each in a fresh process on one core, in {rounds} interleaved round{plural} on {date}. Times vary on a
shared machine. What counts is the **ratio** to *raw Asio*, measured beside it in the same round: below 1 is faster. Numbers are
medians.

*Raw Asio* is what a careful user writes on `asio::awaitable<T>` without this library: `co_spawn` per child with a handler that
counts, `steady_timer`, `experimental::channel`, `awaitable || timer`. *Tuned* is the same with `asio::deferred` instead of
`use_awaitable` and with `try_send` and `try_receive` before every wait. *Bar* is the project's first target, *goal* what it
wants to reach; a row that misses its bar says so.
"""

READING = """\
Times are CPU time: of the loop's thread in C++, of the process elsewhere. In gather_sleep, echo and startup they are wall time. An
operation is a task, child, switch, item, message, await or lock acquisition; in gather_sleep it is the whole gather. {dash} means that
there is nothing to compare: Go has no await, and asyncio's lock has no `try_acquire`. Node has neither a queue nor a lock; the peer
programs use the usual few lines of code (`bench/peers`). Node's yield is `setImmediate`, which, like `sleep(0)`, lets timers and I/O run.
"""

HOOKED = ("spawn_join_hooks", "pingpong_hooks")

ROWS = """\
| row | work |
|---|---|
| spawn_join | create 100 000 tasks that return an int, join all |
| gather_ready:N | gather N children that never suspend |
| gather_yield:N | gather N children that yield once |
| gather_sleep:N | gather N children that sleep a random 0 to 10 ms |
| pingpong | two tasks yield in turn |
| queue:N | producer, queue bounded to N, consumer |
| lock, lock_try | acquire and release a free lock; the same with `try_acquire` |
| lock_cont | 100 tasks, each of which holds the lock across a yield |
| timeout_ready, timeout_yield | await a child that is ready, or that yields, under a timeout of 1 s |
| cancel | cancel 100 000 sleeping tasks and join them |
| nested, loop_ready | a chain of 100 awaits; a loop over a coroutine that is ready |
| echo | 64 connections with 64 bytes in flight in each; a task per connection, a timeout per read |
| mem | resident bytes per sleeping task, with a million of them (100 000 in Python) |
| startup | a process that runs an empty main |
"""

COMMANDS = """\
```sh
cmake/bootstrap bench                  # installs what is missing, builds, measures, writes this page
bench/report --rounds 5                # measures and writes this page; --help has the rest
bench/report --from build/performance.json   # writes it again from the last numbers
bench/check                            # only this library and raw Asio, against the bars, on the terminal
build/release/bench/asyncio-bench --benchmark_filter='/pingpong$'
```
"""


def time(ns):
    if ns is None:
        return DASH
    for size, unit, scale in ((1e7, "ms", 1e6), (1e4, "µs", 1e3)):
        if ns >= size:
            return f"{ns / scale:.{1 if ns / scale < 100 else 0}f} {unit}"
    return f"{ns:.1f} ns" if ns < 100 else f"{ns:.0f} ns"


def size(count):
    if count is None:
        return DASH
    return f"{count / 2**20:.1f} MiB" if count >= 2**20 else f"{count / 2**10:.0f} KiB" if count >= 2**14 else f"{count:.0f} B"


def ratio(number):
    if number is None:
        return DASH
    return f"{number:.{2 if 0.095 <= number < 10 else 3 if number < 0.095 else 0}f}"


def bold(number):
    return DASH if number is None else f"**{ratio(number)}**"


def rate(ns):
    """Events a second, to three digits."""
    each_second = 1e9 / ns
    unit = 10 ** max(math.floor(math.log10(each_second)) - 2, 0)
    return f"{round(each_second / unit) * unit:,}".replace(",", " ")


def seconds(number):
    return DASH if number is None else f"{number:.2f} s"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def verdict(measured, bar):
    """What to write about a row, from what was measured and its entry in bars.json."""
    if measured is None:
        return "not measured"
    if "bar" not in bar:
        return ""
    if measured <= bar["goal"]:
        return "goal"
    return "bar" if measured <= bar["bar"] else "**missed**"


class Page:
    """The page and its charts from the data that bench/report collects."""

    def __init__(self, data, bars, notes):
        self.data = data
        self.bars = bars
        self.notes = notes
        self.results = Results(data["values"])
        self.titles = data["titles"]
        self.peers = [key for key in self.titles if key not in ("raw_asio", "library")]

    def amount(self, program, row):
        number = self.results.median(program, row)
        return size(number) if Results.field_of(row) == "bytes_per_task" else time(number)

    def rows(self):
        measured = self.data["values"]["raw_asio"]
        return [row for row in self.bars if row in measured]

    def judge(self, row):
        bar = self.bars[row]
        if "absolute" in bar:
            return verdict(self.results.median("library", row), bar)
        if not bar and self.results.median("library", row):  # startup: to be the fastest
            slower = [key for key in self.peers if (self.results.median(key, row) or math.inf) < self.results.median("library", row)]
            return "**missed**" if slower else "goal"
        return verdict(self.results.ratio("library", row), bar)

    def limit(self, row, which):
        bar = self.bars[row]
        if which not in bar:
            return "fastest" if which == "goal" and not bar else DASH
        return size(bar[which]) if "absolute" in bar else f"{bar[which]:g}"

    def main_table(self):
        rows = []
        for row in self.rows():
            ratios = self.results.ratios("library", row)
            spread = f" ({ratio(min(ratios))} to {ratio(max(ratios))})" if len(ratios) > 1 else ""
            rows.append([row, self.amount("raw_asio", row), self.amount("library", row),
                         f"{bold(self.results.ratio('library', row))}{spread}", self.limit(row, "bar"),
                         self.limit(row, "goal"), self.judge(row)])
        return table(["row", "raw Asio", "this library", "ratio (spread)", "bar", "goal", ""], rows)

    def peer_table(self):
        rows = [[row, bold(self.results.ratio("library", row)), *(ratio(self.results.ratio(key, row)) for key in self.peers)]
                for row in self.rows()]
        return table(["row", "this library", *(self.titles[key] for key in self.peers)], rows)

    def allocation_table(self):
        def numbers(row):
            for program in ("library", "raw_asio"):
                for field, form in (("allocs_per_op", "{:.2f}"), ("bytes_per_op", "{:.0f}")):
                    number = self.results.median(program, row, field)
                    yield DASH if number is None else form.format(number)
        rows = [[row, *numbers(row)] for row in self.rows()
                if self.results.median("raw_asio", row, "allocs_per_op") is not None]
        return table(["row", "this library: allocations", "bytes", "raw Asio: allocations", "bytes"], rows)

    def growth_sizes(self, kind):
        rows = self.data["values"]["raw_asio"]
        return sorted(int(row.partition(":")[2]) for row in rows if row.startswith(f"{kind}:"))

    def growth_lines(self, kind):
        lines = {}
        for key in self.titles:
            line = {n: self.results.median(key, f"{kind}:{n}") for n in self.growth_sizes(kind)}
            line = {n: ns for n, ns in line.items() if ns is not None}
            if line:
                lines[key] = line
        return lines

    def growth_table(self, kind):
        sizes = self.growth_sizes(kind)
        rows = []
        for key, line in self.growth_lines(kind).items():
            factor = f"{line[sizes[-1]] / line[sizes[0]]:.1f}" if sizes[0] in line and sizes[-1] in line else DASH
            rows.append([self.titles[key], *(time(line.get(n)) for n in sizes), factor])
        return table([GROWTH[kind], *(chart.plain(n) for n in sizes), "last / first"], rows)

    def peak_table(self):
        fields = ("bytes_per_task", "after_bytes_per_task", "held_bytes_per_task", "later_bytes_per_task")
        rows = [[self.titles[key], *(size(self.results.median(key, "mem_peak", field)) for field in fields)]
                for key in ("library", "raw_asio")]
        return table(["per task", "resident, all asleep", "resident, all ended", "allocated, 5 million yields later",
                      "resident then, after malloc_trim"], rows)

    def hooks_table(self):
        rows = []
        for hooked in HOOKED:
            row = hooked.removesuffix("_hooks")
            without, watched = (self.results.median("library", name) for name in (row, hooked))
            rows.append([row, time(without), time(watched), ratio(watched / without if without and watched else None)])
        return table(["row", "no instrument", "an instrument with empty hooks", "ratio"], rows)

    def latency_table(self):
        rows = [[title, *(time(self.results.median(key, "latency", field)) for field in ("p50_ns", "p99_ns", "p999_ns"))]
                for key, title in self.titles.items() if self.results.median(key, "latency", "p50_ns") is not None]
        return table(["wake-up delay", "p50", "p99", "p99.9"], rows)

    def echo_table(self):
        rows = []
        for key, title in self.titles.items():
            ns = self.results.median(key, "echo")
            if ns is not None:
                rows.append([title, rate(ns), ratio(self.results.ratio(key, "echo")),
                             time(self.results.median(key, "echo", "cpu_ns_per_op"))])
        return table(["server", "messages a second", "time, ratio to raw Asio", "CPU time of the server per message"], rows)

    def compile_tables(self):
        headers = self.data["compile"]["headers"]
        hello = self.data["compile"]["hello"]
        bare = headers.get(BARE)
        if not bare:
            return "Not measured: `<boost/asio.hpp>` did not compile.\n"
        rows = [[f"`<{name}>`", seconds(spent), f"{spent / bare:.2f}"] for name, spent in headers.items()]
        text = table(["header, `-O0 -fsyntax-only`", "user time", "of bare Asio"], rows)
        fields = (("compile_s", seconds), ("object_bytes", size), ("program_bytes", size))
        rows = [[who, *(form(numbers.get(field)) for field, form in fields), time(1e9 * numbers["run_cpu_s"]) if "run_cpu_s" in numbers else DASH]
                for who, numbers in hello.items()]
        return text + "\n" + table(["hello world, which sleeps a second", "compile, `-O2`", "object: code and data",
                                    "program, stripped, `--gc-sections`", "CPU time of a run"], rows)

    def machine_table(self):
        rows = [[word, text] for word, text in self.data["machine"].items()]
        rows += [[self.titles[key], version] for key, version in self.data["versions"].items() if version]
        rows += [[key, f"left out: {reason}"] for key, reason in self.data["left_out"].items()]
        return table(["", ""], rows)

    def busy(self):
        if self.data["load"] < 0.7:
            return ""
        return f"**Other programs were running on the machine: the load was {self.data['load']:.1f} when the measurement began.**\n"

    def has(self, prefix):
        return any(row.startswith(prefix) for row in self.data["values"]["raw_asio"])

    def sections(self):
        rounds = self.data["rounds"]
        yield INTRODUCTION.format(rounds=rounds, plural="s" if rounds > 1 else "", date=self.data["date"]) + self.busy()
        yield self.main_table()
        yield "![Ratios to raw Asio](performance.svg)\n"
        yield "## All runtimes\n\nRatios to raw Asio.\n"
        yield self.peer_table()
        yield READING.format(dash=DASH)
        yield ROWS
        if self.notes:
            yield "## Where the missed goals are lost\n\n" + self.notes.strip() + "\n"
        yield ("## Allocations\n\nCalls of `operator new` and `aligned_alloc` per operation, in the loop's thread. Asio takes "
               "coroutine frames from `aligned_alloc`, so the tasks' own frames are included.\n")
        yield self.allocation_table()
        if self.has("grow_"):
            yield ("## Growth\n\nThe cost of one task or timer as their number grows: tasks that are all alive at once, yield and are "
                   "joined; timers that are armed and cancelled while the given number of others are pending.\n")
            yield from (self.growth_table(kind) for kind in GROWTH if self.growth_sizes(kind))
            yield "![Growth](performance-growth.svg)\n"
        if self.has("mem_peak"):
            yield ("Memory after a peak of a million sleeping tasks. What malloc keeps stays resident until it is "
                   "trimmed; what the loop keeps stays allocated.\n")
            yield self.peak_table()
        if self.results.median("library", HOOKED[0]):
            yield ("## Instruments\n\nWithout an instrument every hook is one branch. With one it is a virtual call for each task that is "
                   "created, begins or ends, and for each step, wait and wake-up.\n")
            yield self.hooks_table()
        if self.has("latency"):
            yield ("## Latency\n\nHow late a sleeping task wakes up, among 10 000: 8 000 only sleep 20 to 200 ms at a time, 1 000 "
                   "compute 10 µs after each sleep, 1 000 gather two children that yield. The timers of Node and tokio "
                   "have a resolution of a millisecond. A unit test, `test/unit/fairness_test.cpp`, checks that a ready "
                   "task runs within two passes of the loop.\n")
            yield self.latency_table()
        if self.has("echo"):
            yield ("## Echo\n\nAll servers are measured with the same client: an epoll loop in a process of its own, on the other "
                   "core. Where the client is the limit, servers differ in CPU time only.\n")
            yield self.echo_table()
        if self.data.get("compile"):
            yield "## Compile time\n\nUser time, with the compiler named below.\n"
            yield self.compile_tables()
        yield "## Machine and versions\n"
        yield self.machine_table()
        yield "## Commands\n\n" + COMMANDS

    def text(self):
        return "\n".join(self.sections())

    def charts(self):
        """{file name: SVG}"""
        rows = {}
        for row in self.rows():
            measured = {key: self.results.ratio(key, row) for key in self.titles if key != "raw_asio"}
            rows[row] = {key: number for key, number in measured.items() if number}
        goals = {row: bar["goal"] for row, bar in self.bars.items() if row in rows and "goal" in bar and "absolute" not in bar}
        raw = self.results.median("raw_asio", "mem")
        if raw and "mem" in rows:
            goals["mem"] = self.bars["mem"]["goal"] / raw
        titles = {key: title for key, title in self.titles.items() if key != "raw_asio"}
        files = {"performance.svg": chart.ratios(rows, titles, goals)}
        if self.has("grow_"):
            panels = {GROWTH[kind]: self.growth_lines(kind) for kind in GROWTH if self.growth_sizes(kind)}
            files["performance-growth.svg"] = chart.growth(panels, self.titles)
        return files
