#!/usr/bin/env python3
"""Arrows point down only: layers.txt says which file stands in which layer, and no file includes one of a higher layer."""

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


def name_of(header):
    return header.removesuffix(".hpp")


def layer_of_source(path, layers):
    """src/loop.cpp has the layer of loop.hpp, or of detail/loop.hpp, or one of its own as src/loop."""
    stem = path.relative_to("src").with_suffix("").as_posix()
    for name in (f"src/{stem}", stem, f"detail/{stem}"):
        if name in layers:
            return layers[name]
    return None


def check(root):
    layers, allowed, findings = parse_table(root.read("test/meta/layers.txt"))
    headers = root.headers()

    for name in layers:
        exists = f"{name}.cpp" if name.startswith("src/") else f"include/asyncio/{name}.hpp"
        # Planned names may stand in the table before their file is written, private ones need not.
        if name.startswith(("src/", "detail/")) and not (root.root / exists).exists():
            findings.append(f"test/meta/layers.txt: {exists} does not exist")

    files = [(root.include.relative_to(root.root) / header, layers.get(name_of(header))) for header in headers]
    files += [(path, layer_of_source(path, layers)) for path in root.files("src", ".cpp", ".hpp")]
    for path, layer in files:
        if layer is None:
            findings.append(f"{path}: has no layer in test/meta/layers.txt")
            continue
        for include in tree.includes(root.read(path)):
            if include.quoted and not path.is_relative_to("src"):
                findings.append(f"{path}:{include.line}: write <asyncio/...>, not \"{include.name}\"")
            if not include.name.startswith("asyncio/"):
                continue
            target = name_of(include.name.removeprefix("asyncio/"))
            if target not in layers:
                continue  # A header without a layer is reported once, as itself.
            if layers[target] > layer:
                findings.append(f"{path}:{include.line}: L{layer} includes <{include.name}>, which is L{layers[target]}")
            if layer == 5 and target.startswith("detail/") and target not in allowed:
                findings.append(f"{path}:{include.line}: L5 is built from the public interface only; <{include.name}> "
                                "would need a permission in test/meta/layers.txt")
    return findings


if __name__ == "__main__":
    tree.report(check(tree.tree_from_command_line()))
