# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""Where src/ and include/ can be changed, and how a change is written so that it can be switched on at run time."""

import hashlib
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import tree

# Files in which a change is no change of behaviour that a unit test could see.
LEFT_OUT = ("include/asyncio/detail/base/callable.hpp", "include/asyncio/version.hpp", "include/asyncio/config.hpp",
            "include/asyncio/fwd.hpp", "include/asyncio/asyncio.hpp", "include/asyncio/testing.hpp")
# Lines that are hints to the compiler or texts.
SKIPPED_LINE = re.compile(r"^\s*#|static_assert|__builtin_|\[\[|noexcept\(|template <|requires|operator|concept|std::forward")

# (name, pattern in code, what stands there instead). # is the mutant's number, \g<0> what was found.
SIMPLE = (
    ("== for !=", r"(?<=\s)!=(?=\s)", "!= mutation::place<#>() !="),
    ("!= for ==", r"(?<=\s)==(?=\s)", "== mutation::place<#>() =="),
    ("<= for <", r"(?<=\s)<(?=\s)", "< mutation::place<#>() <"),
    ("< for <=", r"(?<=\s)<=(?=\s)", "<= mutation::place<#>() <="),
    (">= for >", r"(?<=\s)>(?=\s)", "> mutation::place<#>() >"),
    ("> for >=", r"(?<=\s)>=(?=\s)", ">= mutation::place<#>() >="),
    ("- for +", r"(?<=[\w)]\s)\+(?=\s[\w(])", "+ mutation::place<#>() +"),
    ("+ for -", r"(?<=[\w)]\s)-(?=\s[\w(])", "- mutation::place<#>() -"),
    ("-- for ++", r"\+\+(?P<what>\w[\w.>\-]*)(?![\w(\[])", r"(mutation::on(#) ? --\g<what> : ++\g<what>)"),
    ("++ for --", r"--(?P<what>\w[\w.>\-]*)(?![\w(\[])", r"(mutation::on(#) ? ++\g<what> : --\g<what>)"),
    ("false for true", r"\btrue\b", "(mutation::on(#) ? false : true)"),
    ("true for false", r"\bfalse\b", "(mutation::on(#) ? true : false)"),
    ("1 for 0", r"(?<=[=\s(,])0(?=[;,)\s])", "(mutation::on(#) ? 1 : 0)"),
    ("2 for 1", r"(?<=[=\s(,])1(?=[;,)\s])", "(mutation::on(#) ? 2 : 1)"),
    ("dropped call", r"^(?P<space>\s+)(?!return|throw|co_|delete|using|static|break|continue)(?P<call>[\w>.\-:]+\([^;{}]*\);)(?=\s*$)",
     r"\g<space>{ if (!mutation::on(#)) { \g<call> } }"),
)
CONDITION = re.compile(r"\b(?:if|while) (?=\()")
LOGICAL = re.compile(r"(?<=\s)(&&|\|\|)(?=\s)")
# What ends an operand of && to its left and right, outside brackets.
ENDS = {"&&": re.compile(r"&&|\|\||[;,?]|(?<!:):(?!:)|(?<![=!<>])=(?!=)|\b(?:co_)?return\b|\bthrow\b"),
        "||": re.compile(r"\|\||[;,?]|(?<!:):(?!:)|(?<![=!<>])=(?!=)|\b(?:co_)?return\b|\bthrow\b")}


class Mutant(NamedTuple):
    path: Path
    begin: int
    end: int
    text: str
    kind: str
    line: int
    last: int
    elsewhere: bool  # for another platform: not compiled here
    code: str  # the line

    def __str__(self):
        return f"{self.path}:{self.line}: {self.kind}"


def of_tree(root, only):
    found = []
    for path in root.files("src", ".cpp") + root.files("include", ".hpp"):
        if path.as_posix() not in LEFT_OUT and re.search(only, path.as_posix()):
            found += of_text(path, root.read(path))
    return found


def of_text(path, text):
    code, lines = tree.blank(text), text.splitlines()

    other_platforms = [match.span() for match in re.finditer(r"^#else.*?^#endif", code, re.MULTILINE | re.DOTALL)]

    def mutant(begin, end, new, kind):
        elsewhere = any(first <= begin < last for first, last in other_platforms)
        line, last = text.count("\n", 0, begin) + 1, text.count("\n", 0, end) + 1
        return Mutant(path, begin, end, new, kind, line, last, elsewhere, lines[line - 1].strip())

    def skipped(place):
        return SKIPPED_LINE.search(code[code.rfind("\n", 0, place) + 1:code.find("\n", place)])

    for kind, pattern, replacement in SIMPLE:
        for match in re.finditer(pattern, code, re.MULTILINE):
            named = {name: text[match.start(name):match.end(name)] for name in match.groupdict()}
            # From the text itself, not from the code, in which literals are blanks.
            new = re.sub(r"\\g<(\w+)>", lambda group: named[group[1]], replacement)
            if not skipped(match.end() - 1):
                yield mutant(*match.span(), new, kind)
    for match in CONDITION.finditer(code):
        close = matching(code, match.end())
        if close is not None and not skipped(match.start()):
            inside = text[match.end() + 1:close]
            yield mutant(match.end(), close + 1, f"((bool({inside}) != mutation::on(#)))", "negated condition")
    for match in LOGICAL.finditer(code):
        begin, end = operand(code, match.start(), -1, match[1]), operand(code, match.end(), 1, match[1])
        if not skipped(match.start()) and begin is not None and end is not None:
            left, right = text[begin:match.start()].strip(), text[match.end():end].strip()
            gap = text[begin:begin + len(text[begin:match.start()]) - len(text[begin:match.start()].lstrip())]
            new = f"{gap}((bool({left}) != mutation::on(#) {match[1]} bool({right}) != mutation::on(#)) != mutation::on(#))"
            yield mutant(begin, end, new, "|| for &&" if match[1] == "&&" else "&& for ||")


def matching(code, opening):
    """The place of the bracket that closes the one at opening."""
    depth = 0
    for place in range(opening, len(code)):
        depth += (code[place] in "([{") - (code[place] in ")]}")
        if depth == 0:
            return place
    return None


def operand(code, place, step, operator):
    """The far end of what stands beside a logical operator."""
    depth, ends = 0, ENDS[operator]
    first = code.rfind(";", 0, place) if step < 0 else place
    stops = [match.span() for match in ends.finditer(code, max(first, 0), place if step < 0 else place + 2000)]
    if step < 0:
        stops = {end: end for _, end in stops}
        while place > 0:
            if depth == 0 and place in stops:
                return place
            depth += (code[place - 1] in ")]}") - (code[place - 1] in "([{")
            if depth < 0:
                return place
            place -= 1
        return None
    stops = {begin for begin, _ in stops}
    while place < len(code):
        if depth == 0 and place in stops:
            return place
        depth += (code[place] in "([{") - (code[place] in ")]}")
        if depth < 0:
            return place
        place += 1
    return None


def written(text, chosen):
    """The text with its mutants, {number: mutant}, in it. Lines stay where they are."""
    for number, mutant in sorted(chosen.items(), key=lambda item: item[1].begin, reverse=True):
        text = text[:mutant.begin] + mutant.text.replace("#", str(number)) + text[mutant.end:]
    return text


def drawn(candidates, seed):
    """In an order of chance, in which the others stay where they are when one comes or goes."""
    seen = Counter()

    def chance(mutant):
        what = (str(seed), mutant.path.as_posix(), mutant.kind, mutant.code)
        seen[what] += 1
        return hashlib.sha256("|".join((*what, str(seen[what]))).encode()).digest()

    return sorted(candidates, key=chance)


def apart(candidates):
    """Those that are compiled and do not touch one chosen before."""
    taken = {}
    for mutant in candidates:
        if mutant.elsewhere:
            continue
        spans = taken.setdefault(mutant.path, [])
        if all(mutant.end <= begin or end <= mutant.begin for begin, end in spans):
            spans.append((mutant.begin, mutant.end))
            yield mutant
