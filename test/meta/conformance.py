"""doc/conformance.md: what became of every behaviour of the catalogue.

An id is shown by tests that name it in a line `// conformance: T1, T4` above the case, or (Python process tests)
`# conformance: R12` above the function or the entry of the table, or it stands in conformance.txt with a reason why it is different here or why it
does not apply. `conformance.py ROOT` fails when an id has neither, when a reason is given for an id
that does not exist, or when the page is out of date; `conformance.py ROOT --write` writes the page."""

import re
import sys
from collections import defaultdict
from pathlib import Path

LINE = re.compile(r"^\s*(?://|#) conformance: ([A-Z0-9b, ]+?)\s*$")
CASE = re.compile(r"^\s*(?:BOOST_AUTO_TEST_CASE|BOOST_FIXTURE_TEST_CASE|BOOST_DATA_TEST_CASE|ASYNCIO_TEST_CASE|"
                  r"ASYNCIO_ORDERED_TEST_CASE)\(\s*(\w+)|^\s*def (\w+)\(|^\s*// expect: (.+)$|^\s*\"(\w+)\": \(")
KINDS = {"different": "intentional difference", "n/a": "not applicable"}


def read_list(path):
    """The groups in order [(title, [id])], and the reasons {id: (kind, text)}."""
    groups, reasons, problems = [], {}, []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("group "):
            title, _, ids = line[len("group "):].partition(":")
            members = []
            for part in ids.split():
                span = re.fullmatch(r"([A-Z]+)(\d+)-(\d+)", part)
                members += [f"{span[1]}{n}" for n in range(int(span[2]), int(span[3]) + 1)] if span else [part]
            groups.append((title.strip(), members))
            continue
        entry = re.fullmatch(r"([A-Z0-9b, -]+?) (different|n/a): (.+)", line)
        if not entry:
            problems.append(f"{path.name}:{number}: neither a group nor `ID different|n/a: reason`")
            continue
        for part in entry[1].replace(",", " ").split():
            span = re.fullmatch(r"([A-Z]+)(\d+)-(\d+)", part)
            for name in ([f"{span[1]}{n}" for n in range(int(span[2]), int(span[3]) + 1)] if span else [part]):
                reasons[name] = (entry[2], entry[3])
    return groups, reasons, problems


def tests_by_id(root):
    """{id: [(file, test name)]} from the comment lines above the cases."""
    shown, problems = defaultdict(list), []
    for path in sorted((root / "test").rglob("*")):
        if path.suffix not in (".cpp", ".py") or path.name in ("conformance.py", "self_test.py"):
            continue
        waiting = []
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if found := LINE.match(line):
                waiting += [name for name in re.split(r"[,\s]+", found[1]) if name]
            elif waiting and (case := CASE.match(line)):
                name = next(part for part in case.groups() if part)
                for each in waiting:
                    shown[each].append((path.relative_to(root).as_posix(), name))
                waiting = []
            elif waiting and line.strip() and not line.lstrip().startswith(("//", "#", "static", "template", "@")):
                problems.append(f"{path.relative_to(root)}:{number}: a conformance line must stand directly above its test")
                waiting = []
    return shown, problems


def page(groups, reasons, shown):
    known = [name for _, ids in groups for name in ids]
    tested = sum(1 for name in known if name in shown)
    counts = {kind: sum(1 for name in known if name not in shown and reasons.get(name, ("",))[0] == kind) for kind in KINDS}
    lines = ["# Conformance", "",
             "What became of every behaviour of the catalogue: asyncio's (from CPython's own tests), then what Trio, AnyIO,",
             "tokio and folly have and asyncio lacks. Made by `python3 test/meta/conformance.py . --write` from the tests and",
             "from `test/meta/conformance.txt`; a test (`meta.conformance`) keeps it true.", "",
             f"**{len(known)} behaviours: {tested} tested, {counts['different']} intentionally different, "
             f"{counts['n/a']} not applicable.**", ""]
    for title, ids in groups:
        lines += [f"## {title}", "", "| id | | |", "|---|---|---|"]
        for name in ids:
            cells = []
            if name in shown:
                by_file = defaultdict(list)
                for file, test in shown[name]:
                    if test not in by_file[file]:
                        by_file[file].append(test)
                cells = ["; ".join(f"[{Path(file).stem}](../{file}): " + ", ".join(f"`{test}`" for test in tests)
                                   for file, tests in by_file.items())]
            if name in reasons:
                kind, why = reasons[name]
                cells.append(f"*{KINDS[kind]}*: {why}")
            kind = "tested" if name in shown else KINDS[reasons[name][0]] if name in reasons else "MISSING"
            lines.append(f"| {name} | {kind} | {' — '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def main():
    root = Path(sys.argv[1]).resolve()
    groups, reasons, problems = read_list(root / "test/meta/conformance.txt")
    shown, more = tests_by_id(root)
    problems += more
    known = {name for _, ids in groups for name in ids}
    problems += [f"{name}: the reason given for it names no behaviour of the catalogue" for name in reasons if name not in known]
    problems += [f"{name}: a test names it, but it is no behaviour of the catalogue ({shown[name][0][0]})"
                 for name in shown if name not in known]
    problems += [f"{name}: no test shows it and no reason is given" for _, ids in groups for name in ids
                 if name not in shown and name not in reasons]
    text = page(groups, reasons, shown)
    target = root / "doc/conformance.md"
    if "--write" in sys.argv:
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")
    elif not target.exists() or target.read_text(encoding="utf-8") != text:
        problems.append("doc/conformance.md is out of date: python3 test/meta/conformance.py . --write")
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


main()
