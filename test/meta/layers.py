#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""Arrows point down only: layers.txt says which folder or file stands in which layer, and no file includes one of a higher
layer. Folders of one layer do not include one another."""

import re

import tree


def parse_table(text):
    """({name: layer}, {names that L5 may include}, findings) of layers.txt."""
    layers, allowed, findings = {}, set(), []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.split("#")[0].strip()
        if match := re.fullmatch(r"L5 may include\b(.*)", line):
            allowed.update(match[1].split())
        elif match := re.fullmatch(r"L(\d+)\s+(.+)", line):
            for name in match[2].split():
                if name in layers:
                    findings.append(f"test/meta/layers.txt:{number}: {name} stands in the table twice")
                layers[name] = int(match[1])
        elif line:
            findings.append(f"test/meta/layers.txt:{number}: neither a layer nor a permission: {line}")
    return layers, allowed, findings


def entry_of(header, layers):
    """The entry of the table that a header belongs to, given by its name after include/asyncio/; None: there is none."""
    name = header.removesuffix(".hpp")
    if match := re.match(r"detail/\w+/", name):
        return match[0] if match[0] in layers else None
    return name if name in layers else None


def entry_of_source(path, layers):
    """src/loop.cpp belongs to loop.hpp, src/task/steps.cpp to detail/task/, any other to an entry of its own as src/NAME."""
    stem = path.relative_to("src").with_suffix("").as_posix()
    folder, slash, _ = stem.partition("/")
    for name in (f"src/{stem}", stem, *([f"detail/{folder}/"] if slash else [])):
        if name in layers:
            return name
    return None


def check(root):
    layers, allowed, findings = parse_table(root.read("test/meta/layers.txt"))
    headers = root.headers()

    for name in layers:
        if name.endswith("/"):
            exists = f"include/asyncio/{name}"
        else:
            exists = f"{name}.cpp" if name.startswith("src/") else f"include/asyncio/{name}.hpp"
        # Planned public names may stand in the table before their file is written, private ones need not.
        if name.startswith(("src/", "detail/")) and not (root.root / exists).exists():
            findings.append(f"test/meta/layers.txt: {exists} does not exist")

    files = [(root.include.relative_to(root.root) / header, entry_of(header, layers)) for header in headers]
    files += [(path, entry_of_source(path, layers)) for path in root.files("src", ".cpp", ".hpp")]
    for path, entry in files:
        if entry is None:
            findings.append(f"{path}: has no layer in test/meta/layers.txt")
            continue
        layer = layers[entry]
        for include in tree.includes(root.read(path)):
            if include.quoted and not path.is_relative_to("src"):
                findings.append(f"{path}:{include.line}: write <asyncio/...>, not \"{include.name}\"")
            if not include.name.startswith("asyncio/"):
                continue
            header = include.name.removeprefix("asyncio/")
            target = entry_of(header, layers)
            if target is None:
                continue  # A header without a layer is reported once, as itself.
            if layers[target] > layer:
                findings.append(f"{path}:{include.line}: L{layer} includes <{include.name}>, which is L{layers[target]}")
            elif layers[target] == layer and target != entry and target.endswith("/") and entry.endswith("/"):
                findings.append(f"{path}:{include.line}: {entry} includes <{include.name}> of its own layer")
            if layer == 5 and target.startswith("detail/") and not {target, header.removesuffix(".hpp")} & allowed:
                findings.append(f"{path}:{include.line}: L5 is built from the public interface only; <{include.name}> "
                                "would need a permission in test/meta/layers.txt")
    return findings


if __name__ == "__main__":
    tree.report(check(tree.tree_from_command_line()))
