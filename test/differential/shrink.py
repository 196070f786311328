# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""Makes a program that fails a small one that fails."""
import copy
import json

# Where a statement has blocks: the positions of its arguments, and of its lists of [name, block].
BLOCKS = {"repeat": (2,), "try": (1,), "spawn": (2,), "timeout": (2,), "group": (2,), "lock": (2,)}
CHILDREN = {"group": (1,), "gather_blocks": (1,)}


def blocks_of(statement):
    """The blocks in a statement, as lists that can be changed."""
    name = statement[0]
    for position in BLOCKS.get(name, ()):
        if position < len(statement):
            yield statement[position]
    for position in CHILDREN.get(name, ()):
        for _, block in statement[position]:
            yield block
    if name == "try":
        yield from (statement[2][key] for key in ("handler", "finally") if statement[2].get(key))


def all_blocks(block):
    yield block
    for statement in block:
        for inner in blocks_of(statement):
            yield from all_blocks(inner)


def edits(program):
    """Every smaller program one step away, as functions that change a copy in place: large steps first."""
    blocks = list(all_blocks(program["main"]))
    for index, block in enumerate(blocks):
        size = len(block)
        while size:
            for at in range(0, len(block), size):
                yield index, lambda b, at=at, size=size: b.__delitem__(slice(at, at + size))
            size //= 2
    for index, block in enumerate(blocks):
        for at, statement in enumerate(block):
            for inner_index, _ in enumerate(blocks_of(statement)):
                def hoist(b, at=at, inner_index=inner_index):
                    b[at : at + 1] = list(blocks_of(b[at]))[inner_index]

                yield index, hoist
            for position in CHILDREN.get(statement[0], ()):
                for child in range(len(statement[position])):
                    yield index, lambda b, at=at, position=position, child=child: b[at][position].__delitem__(child)
            if statement[0] in ("gather", "wait", "as_completed"):
                for name in range(len(statement[1])):
                    if len(statement[1]) > 1:
                        yield index, lambda b, at=at, name=name: b[at][1].__delitem__(name)
            if statement[0] == "try" and statement[2].get("reraise"):
                yield index, lambda b, at=at: b[at][2].update(reraise=False)
            if statement[0] == "repeat" and statement[1] > 1:
                yield index, lambda b, at=at: b[at].__setitem__(1, 1)


def shrink(program, fails, limit=3000):
    """The smallest program that can be reached by edits after each of which it still fails. Tries at most `limit`."""
    tries = 0
    changed = True
    while changed and tries < limit:
        changed = False
        for index, edit in edits(program):
            smaller = copy.deepcopy(program)
            edit(list(all_blocks(smaller["main"]))[index])
            tries += 1
            if fails(smaller):
                program, changed = smaller, True
                break
            if tries >= limit:
                break
    used = json.dumps(program["main"])
    slim = {**program, "objects": {name: what for name, what in program["objects"].items() if f'"{name}"' in used}}
    return slim if fails(slim) else program


def text(program):
    """A program for people: a statement a line."""
    lines = [f"  seed {program['seed']}" + "".join(f"; {n} = {' '.join(map(str, w))}" for n, w in program["objects"].items())]

    def show_block(block, indent):
        for statement in block:
            name, *arguments = statement
            inner = BLOCKS.get(name, ()) + CHILDREN.get(name, ())
            words = [json.dumps(a) for i, a in enumerate(arguments, 1) if i not in inner and not (name == "try" and i == 2)]
            lines.append("  " * indent + " ".join([name, *words]))
            for position in CHILDREN.get(name, ()):
                for child, body in statement[position]:
                    lines.append("  " * (indent + 1) + f"[{child}]")
                    show_block(body, indent + 2)
            for position in BLOCKS.get(name, ()):
                if position < len(statement):
                    show_block(statement[position], indent + 1)
            if name == "try":
                clauses = statement[2]
                lines.append("  " * indent + f"except {clauses.get('except')}" + (" (reraise)" if clauses.get("reraise") else ""))
                show_block(clauses.get("handler") or [], indent + 1)
                if clauses.get("finally"):
                    lines.append("  " * indent + "finally")
                    show_block(clauses["finally"], indent + 1)

    show_block(program["main"], 1)
    return "\n".join(lines)
