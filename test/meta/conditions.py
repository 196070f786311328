#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""No coroutine of this repository has the form that g++ 12.0-12.2 compiles wrongly: a `co_await` in the condition of an if, while or
switch with no local variable before it (doc/gcc-12.md). Looked at are our sources and the C++ in README and doc.

The parser knows braces, parentheses and what a declaration looks like; where it is wrong, a variable more does no harm."""

import re

import tree

CONDITION = re.compile(r"\b(?:if(?:\s+constexpr)?|while|switch)\s*\(")
AWAIT = re.compile(r"\bco_await\b")
# `if (auto v = co_await f())` and `if (init; co_await f())` have a variable.
OWN_VARIABLE = re.compile(r"^[^=(]*[\w>&*\]]\s+[&*]*(?:\w+|\[[\w, ]+\])\s*(?:=(?!=)|\{)|;")
DECLARATION = re.compile(r"^(?!(?:static|return|co_return|co_yield|co_await|throw|delete|else|case|goto|using|typedef|new|namespace|"
                         r"template|struct|class|enum|friend|static_assert|if|for|while|switch|do|try|catch|default)\b)"
                         r"[A-Za-z_][\w:]*(?:\s*<[^;{}]*>)?(?:::\w+)*(?:\s+(?:const|auto|unsigned|long|int|char|volatile))*"
                         r"[\s&*]+(?:const\s+)?[&*]*(?:[A-Za-z_]\w*|\[[\w,\s]+\])\s*(?:=(?!=)|\(|\{|;|\[|$)")
LOOP_VARIABLE = re.compile(r"\bfor\s*\(\s*(?!;)")
BLOCK_WORDS = re.compile(r"(?:\b(?:else|try|do)|\))\s*$")
CONTROL = re.compile(r"\b(?:if(?:\s+constexpr)?|for|while|switch|catch)\s*$")


def closing(text, opening):
    """The position of the parenthesis that closes the one at `opening`."""
    depth = 0
    for position in range(opening, len(text)):
        depth += {"(": 1, ")": -1}.get(text[position], 0)
        if depth == 0:
            return position
    return len(text)


def opening_of(text, position):
    """The position of the parenthesis that the one at `position` closes."""
    depth = 0
    for at in range(position, -1, -1):
        depth += {")": 1, "(": -1}.get(text[at], 0)
        if depth == 0:
            return at
    return 0


def enclosing_blocks(text, position):
    """The positions of the braces around `position`, the innermost first, up to that of the function's body."""
    depth = 0
    for at in range(position - 1, -1, -1):
        if text[at] == "}":
            depth += 1
        elif text[at] == "{":
            if depth:
                depth -= 1
                continue
            before = text[:at].rstrip()
            yield at
            if re.search(r"\b(?:else|try|do)$", before) or before.endswith(("{", "}", ";")):
                continue  # a block
            if before.endswith(")") and CONTROL.search(before[:opening_of(before, len(before) - 1)]):
                continue
            return


def statements(text, begin, end):
    """The starts of the statements directly in the block that begins behind `begin`, before `end`."""
    depth, start = 0, begin + 1
    for at in range(begin + 1, end):
        letter = text[at]
        if letter in "({[":
            depth += 1
        elif letter in ")}]":
            depth -= 1
            if letter == "}" and depth == 0:
                yield text[start:at].strip()
                start = at + 1
        elif letter == ";" and depth == 0:
            yield text[start:at].strip()
            start = at + 1
    yield text[start:end].strip()


def has_variable(text, position):
    end = position
    for brace in enclosing_blocks(text, position):
        *before, last = statements(text, brace, end)
        if any(DECLARATION.match(statement) for statement in [*before, last]) or LOOP_VARIABLE.search(last):
            return True
        end = brace
    return False


def find(text):
    """The positions of the wrong forms in C++ text without comments and literals."""
    for match in CONDITION.finditer(text):
        end = closing(text, match.end() - 1)
        condition = text[match.end():end]
        if AWAIT.search(condition) and not OWN_VARIABLE.search(condition) and not has_variable(text, match.start()):
            yield match.start()


def blocks(text):
    """(offset, code) of the C++ in a page."""
    for match in re.finditer(r"^```(?:cpp|c\+\+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield match.start(1), match[1]


def check(root):
    findings = []
    sources = [path for folder in ("include", "src", "samples", "test", "bench") for path in root.files(folder, ".cpp", ".hpp")]
    pages = [path for path in [*root.files("doc", ".md")] if path.name != "gcc-12.md"]
    readme = root.root / "README.md"
    if readme.exists():
        pages.append(readme.relative_to(root.root))
    for path in sources:
        text = root.read(path)
        findings += [(path, text, at) for at in find(tree.blank(text))]
    for path in pages:
        text = root.read(path)
        findings += [(path, text, offset + at) for offset, code in blocks(text) for at in find(tree.blank(code))]
    return [f"{path}:{text.count(chr(10), 0, at) + 1}: co_await in a condition and no local variable before it: g++ 12.2 makes code "
            "of it that crashes; see doc/gcc-12.md" for path, text, at in findings]


if __name__ == "__main__":
    tree.report(check(tree.tree_from_command_line()))
