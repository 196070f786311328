# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""The charts: SVG by hand, readable on light and dark pages."""

import math
from xml.sax.saxutils import escape

COLORS = {  # on white, on black
    "raw_asio": ("#57606a", "#9aa4ae"), "library": ("#cf222e", "#ff7b72"), "raw_asio_tuned": ("#8c959f", "#6e7781"),
    "asyncio": ("#0969da", "#58a6ff"), "uvloop": ("#8250df", "#bc8cff"), "node": ("#1a7f37", "#56d364"),
    "go": ("#0e8a9c", "#39c5cf"), "tokio": ("#bc4c00", "#f0883e"),
}
FONT = "font-family=\"system-ui, 'DejaVu Sans', sans-serif\""


class Drawing:
    """A page of SVG. The style switches with the reader's color scheme and has its own paper for viewers that do not."""

    def __init__(self, width, height, title):
        self.width, self.height = width, height
        light = "".join(f".{key} {{ fill: {one}; stroke: {one} }} " for key, (one, _) in COLORS.items())
        dark = "".join(f".{key} {{ fill: {two}; stroke: {two} }} " for key, (_, two) in COLORS.items())
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
            f'role="img" {FONT} font-size="12">',
            f"<title>{escape(title)}</title>",
            "<style>.paper { fill: #ffffff } .ink { fill: #1f2328 } .grid { stroke: #d8dee4 } .one { stroke: #1f2328 } "
            f".goal {{ fill: none; stroke: #1f2328 }} .line {{ fill: none }} {light}"
            "@media (prefers-color-scheme: dark) { .paper { fill: #0d1117 } .ink { fill: #e6edf3 } .grid { stroke: #30363d } "
            f".one {{ stroke: #e6edf3 }} .goal {{ fill: none; stroke: #e6edf3 }} {dark} .line {{ fill: none }} }}</style>",
            f'<rect class="paper" width="{width}" height="{height}"/>']

    def text(self, x, y, text, anchor="start", extra=""):
        self.parts.append(f'<text class="ink" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{extra}>{escape(text)}</text>')

    def line(self, kind, x1, y1, x2, y2, width=1):
        self.parts.append(f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke-width="{width}"/>')

    def dot(self, kind, x, y, label, radius=4.0):
        self.parts.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}" stroke="none">'
                          f"<title>{escape(label)}</title></circle>")

    def goal(self, x, y, label):
        self.parts.append(f'<path class="goal" d="M {x:.1f} {y - 9:.1f} V {y + 9:.1f}" stroke-width="2">'
                          f"<title>{escape(label)}</title></path>")

    def path(self, kind, points):
        steps = " L ".join(f"{x:.1f} {y:.1f}" for x, y in points)
        self.parts.append(f'<path class="{kind} line" d="M {steps}" stroke-width="{2.5 if kind == "library" else 1.5}"/>')

    def legend(self, x, y, entries):
        for kind, title in entries:
            if kind == "goal":
                self.goal(x, y - 4, title)
            else:
                self.dot(kind, x, y - 4, title, 5)
            self.text(x + 10, y, title)
            x += 30 + 6.6 * len(title)

    def __str__(self):
        return "\n".join([*self.parts, "</svg>", ""])


class LogScale:
    """Numbers on a logarithmic axis between two pixels."""

    def __init__(self, numbers, begin, end):
        self.low = math.floor(math.log10(min(numbers)))
        self.high = max(math.ceil(math.log10(max(numbers))), self.low + 1)
        self.begin, self.end = begin, end

    def __call__(self, number):
        share = (math.log10(number) - self.low) / (self.high - self.low)
        return self.begin + share * (self.end - self.begin)

    def ticks(self):
        return [10.0**exponent for exponent in range(self.low, self.high + 1)]


def plain(number):
    return f"{number:,.0f}".replace(",", " ") if number >= 1 else f"{number:g}"


def ratios(rows, titles, goals):
    """A line per row with a dot per program. rows: {row: {program: ratio}}; titles: {program: title}; goals: {row: ratio}."""
    numbers = [ratio for row in rows.values() for ratio in row.values()] + [1.0]
    top, height, left, right = 92, 24, 160, 900
    scale = LogScale(numbers, left, right)
    drawing = Drawing(right + 40, top + height * len(rows) + 16, "Time and memory of each row, as a ratio to raw Asio")
    drawing.text(16, 26, "Time (mem: bytes) divided by raw Asio's in the same round; less is better", extra=' font-size="15"')
    drawing.legend(22, 52, [*titles.items(), ("goal", "goal")])
    bottom = top + height * len(rows)
    for tick in scale.ticks():
        drawing.line("one" if tick == 1 else "grid", scale(tick), top - 8, scale(tick), bottom)
        drawing.text(scale(tick), top - 14, "raw Asio" if tick == 1 else plain(tick), "middle")
    for number, (row, measured) in enumerate(rows.items()):
        y = top + height * (number + 0.5)
        drawing.text(left - 12, y + 4, row, "end")
        drawing.line("grid", left, y, right, y)
        if row in goals:
            drawing.goal(scale(goals[row]), y, f"{row}: goal {goals[row]:g}")
        for program in sorted(measured, key=lambda key: key == "library"):  # the library on top
            drawing.dot(program, scale(measured[program]), y, f"{titles[program]}, {row}: {measured[program]:.3g}",
                        6 if program == "library" else 4)
    return str(drawing)


def growth(panels, titles):
    """A panel per kind. panels: {title: {program: {n: ns}}}."""
    width, height, left, top = 430, 260, 88, 96
    drawing = Drawing(20 + width * len(panels), top + height + 50, "Cost per task and per timer as their number grows")
    drawing.text(16, 26, "Time for one as their number grows (both axes logarithmic)", extra=' font-size="15"')
    drawing.legend(22, 52, titles.items())
    for number, (title, lines) in enumerate(panels.items()):
        points = [(n, ns) for line in lines.values() for n, ns in line.items()]
        if not points:
            continue
        begin = left + width * number
        across = LogScale([n for n, _ in points], begin, begin + width - 100)
        up = LogScale([ns for _, ns in points], top + height, top)
        for tick in up.ticks():
            drawing.line("grid", across.begin, up(tick), across.end, up(tick))
            drawing.text(across.begin - 8, up(tick) + 4, f"{plain(tick)} ns", "end")
        for tick in across.ticks():
            drawing.line("grid", across(tick), up.begin, across(tick), up.end)
            drawing.text(across(tick), up.begin + 18, plain(tick), "middle")
        drawing.text((across.begin + across.end) / 2, up.begin + 40, title, "middle")
        for program, line in lines.items():
            places = [(across(n), up(ns)) for n, ns in sorted(line.items())]
            drawing.path(program, places)
            for (x, y), (n, ns) in zip(places, sorted(line.items())):
                drawing.dot(program, x, y, f"{titles[program]}, {plain(n)}: {ns:.0f} ns", 3)
    return str(drawing)
