#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""What the package managers' files in packaging/ and doc/installing.md say about this tree is true: the version, the options,
targets and files that they name, the libraries that they need."""

import ast
import json
import re
from fnmatch import fnmatch
from pathlib import PurePosixPath

import tree

VERSION = "include/asyncio/version.hpp"
VCPKG = "packaging/vcpkg/vcpkg.json"
PORTFILE = "packaging/vcpkg/portfile.cmake"
CONAN = "packaging/conan/conanfile.py"
TEST_PACKAGE = "packaging/conan/test_package"
TEST_RECIPE = f"{TEST_PACKAGE}/conanfile.py"
TEST_CMAKE = f"{TEST_PACKAGE}/CMakeLists.txt"
PAGE = "doc/installing.md"
DEPENDENCIES = "cmake/dependencies.cmake"

# The order of `vcpkg format-manifest`.
MANIFEST_KEYS = ("name", "version", "port-version", "maintainers", "summary", "description", "homepage", "documentation", "license",
                 "supports", "dependencies", "default-features", "features")
DEPENDENCY_KEYS = ("name", "host", "default-features", "features", "platform", "version>=")
FEATURE_KEYS = ("description", "supports", "license", "dependencies")


def without_comments(text):
    """A CMake file without its comments."""
    return re.sub(r"#[^\n]*", "", text)


def syntax(root):
    for path in (CONAN, TEST_RECIPE):
        try:
            compile(root.read(path), path, "exec")
        except SyntaxError as error:
            yield f"{path}:{error.lineno}: {error.msg}"


def parsed(root):
    try:
        json.loads(root.read(VCPKG))
    except json.JSONDecodeError as error:
        yield f"{VCPKG}:{error.lineno}: {error.msg}"


def python(root, path):
    return ast.parse(root.read(path), path)


def manifest(root):
    return json.loads(root.read(VCPKG))


def assigned(module, name):
    """The literal value of the first assignment to name, in the module or in a class."""
    for node in assignments(module):
        if any(isinstance(target, ast.Name) and target.id == name for target in node.targets):
            try:
                return ast.literal_eval(node.value)
            except ValueError:
                return None
    return None


def strings(module):
    return {node.value for node in ast.walk(module) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def assignments(module):
    return [node for node in ast.walk(module) if isinstance(node, ast.Assign)]


def dependencies(part):
    """The dependencies of the manifest or of a feature, each in its long form."""
    return [{"name": entry} if isinstance(entry, str) else entry for entry in part.get("dependencies", ())]


def all_dependencies(data):
    return [entry for part in (data, *data.get("features", {}).values()) for entry in dependencies(part)]


def version(root):
    header = root.read(VERSION)
    numbers = [re.search(rf"^#define ASYNCIO_VERSION_{part}\s+(\d+)", header, re.MULTILINE) for part in ("MAJOR", "MINOR", "PATCH")]
    return None if None in numbers else ".".join(number[1] for number in numbers)


def versions(root):
    ours = version(root)
    if ours is None:
        yield f"{VERSION}: does not define the three numbers of the version"
        return

    project = re.search(r"\bproject\s*\([^)]*?\bVERSION\s+(\S+)", without_comments(root.read("CMakeLists.txt")))
    read = re.search(r"\basyncio_read_version\((\w+)\)", root.read("CMakeLists.txt"))
    if project is None:
        yield "CMakeLists.txt: project() has no VERSION"
    elif project[1] != ours and not (read and project[1] == f"${{{read[1]}}}"):
        yield f"CMakeLists.txt: the version is {project[1]}, in {VERSION} {ours}"
    for path, other in ((VCPKG, manifest(root).get("version")), (CONAN, assigned(python(root, CONAN), "version"))):
        if other != ours:
            yield f"{path}: the version is {other}, in {VERSION} {ours}"


def names(root):
    name = manifest(root).get("name")
    other = assigned(python(root, CONAN), "name")
    if name != other:
        yield f"{CONAN}: the package is called {other}, in {VCPKG} {name}"


def order(keys, expected):
    """Whether keys are in the order of expected; unknown ones are not."""
    return all(key in expected for key in keys) and sorted(keys, key=expected.index) == list(keys)


def json_format(root):
    text, data = root.read(VCPKG), manifest(root)
    if json.dumps(data, indent=2, ensure_ascii=False) + "\n" != text:
        yield f"{VCPKG}: not formatted as by json.dumps(indent=2) and a line end"

    features = data.get("features", {})
    for what, keys, expected in [("the manifest", data, MANIFEST_KEYS)] + [
            (f"the feature {name}", feature, FEATURE_KEYS) for name, feature in features.items()]:
        if not order(list(keys), expected):
            yield f"{VCPKG}: the keys of {what} are not, or not in the order of, {', '.join(expected)}"
    if sorted(features) != list(features):
        yield f"{VCPKG}: the features are not sorted"
    for what in (data, *features.values()):
        called = [entry["name"] for entry in dependencies(what)]
        if sorted(called) != called:
            yield f"{VCPKG}: not sorted: {', '.join(called)}"
        for entry in what.get("dependencies", ()):
            if isinstance(entry, dict) and (set(entry) == {"name"} or not order(list(entry), DEPENDENCY_KEYS)):
                yield f"{VCPKG}: the keys of {entry['name']} are not, or not in the order of, {', '.join(DEPENDENCY_KEYS)}"


def required_versions(root):
    """The versions that CMake demands are those that everybody else demands."""
    here = root.read(DEPENDENCIES)
    for library, vcpkg, conan in (("Boost", "boost-", "boost/"), ("spdlog", "spdlog", "spdlog/")):
        minimum = re.search(rf"\bfind_package\({library} ([\d.]+)", here)
        if minimum is None:
            yield f"{DEPENDENCIES}: demands no version of {library}"
            continue
        minimum = minimum[1]
        others = [("cmake/asyncioConfig.cmake.in", number) for number in
                  re.findall(rf"\b(?:find_package|find_dependency)\({library} ([\d.]+)", root.read("cmake/asyncioConfig.cmake.in"))]
        if library == "Boost":
            others += [("cmake/packaging.cmake", number)
                       for number in re.findall(r"libboost-dev \(>= ([\d.]+)\)", root.read("cmake/packaging.cmake"))]
        recipe = [text for text in strings(python(root, CONAN)) if text.startswith(f"{conan}[")]
        others += [(CONAN, (re.search(r">=([\d.]+)", text) or [None, None])[1]) for text in recipe]
        if not recipe:
            yield f"{CONAN}: does not require {library}"
        for entry in all_dependencies(manifest(root)):
            if entry["name"].startswith(vcpkg):
                others.append((VCPKG, entry.get("version>=")))
        for path, number in others:
            if number is None or number.removesuffix(".0") != minimum:
                yield f"{path}: demands {library} {number or 'of any version'}, {DEPENDENCIES} {minimum}"


# Glue for Boost.Test, whose port is a dependency of a feature.
BOOST_TEST = "include/asyncio/testing/boost_test.hpp"


def boost_ports(root):
    """Every Boost library that is included is a port that the manifest names, and the other way round."""
    included = {}
    for path in root.files("include", ".hpp") + root.files("src", ".hpp", ".cpp"):
        if path.as_posix() == BOOST_TEST:
            continue
        for include in tree.includes(root.read(path)):
            if include.name.startswith("boost/"):
                library = PurePosixPath(include.name).parts[1].removesuffix(".hpp").replace("_", "-")
                port = "boost-config" if library == "version" else f"boost-{library}"
                included.setdefault(port, f"{path}:{include.line}")
    if "Boost::headers" in root.read("src/CMakeLists.txt"):
        included["boost-headers"] = "src/CMakeLists.txt"
    named = {entry["name"] for entry in dependencies(manifest(root)) if entry["name"].startswith("boost-")}
    for port in sorted(set(included) - named):
        yield f"{VCPKG}: {port} is not among the dependencies; {included[port]} needs it"
    for port in sorted(named - set(included)):
        yield f"{VCPKG}: nothing needs {port}"


def features(root):
    """The portfile asks for features of the manifest, and a feature that another port's feature names exists."""
    data = manifest(root)
    asked = re.search(r"\bvcpkg_check_features\([^)]*?\bFEATURES\b([^)]*)\)", without_comments(root.read(PORTFILE)))
    known = data.get("features", {})
    for name in asked[1].split()[::2] if asked else ():
        if name not in known:
            yield f"{PORTFILE}: {VCPKG} has no feature {name}"
    for entry in all_dependencies(data):
        if entry["name"] == data.get("name"):
            for name in entry.get("features", ()):
                if name not in known:
                    yield f"{VCPKG}: a feature needs {name}, which does not exist"


def options(root):
    """Every option that is set or documented exists."""
    known = set(re.findall(r"^\s*(?:option|set)\(\s*(ASYNCIO_\w+)", root.read("cmake/options.cmake"), re.MULTILINE))
    for path in (PORTFILE, CONAN, TEST_CMAKE, "packaging/vcpkg/usage", PAGE):
        text = root.read(path)
        for match in re.finditer(r"(?:\b|-D)(ASYNCIO_\w+)", text):
            if match[1] not in known:
                line = text.count("\n", 0, match.start()) + 1
                yield f"{path}:{line}: cmake/options.cmake has no option {match[1]}"


def targets(root):
    """Every target that is linked or offered exists, and the recipe offers all of them under the names of their files."""
    cmake = without_comments(root.read("src/CMakeLists.txt"))
    aliases = dict(re.findall(r"\badd_library\(\s*(asyncio::\w+)\s+ALIAS\s+(\w+)", cmake))
    for path in (TEST_CMAKE, "packaging/vcpkg/usage", PAGE):
        for name in re.findall(r"\btarget_link_libraries\([^)]*?\b(asyncio::\w+)", root.read(path)):
            if name not in aliases:
                yield f"{path}: src/CMakeLists.txt has no target {name}"

    recipe = python(root, CONAN)
    offered = {text for text in strings(recipe) if re.fullmatch(r"asyncio::\w+", text)}
    for name in sorted(offered ^ set(aliases)):
        yield f"{CONAN}: src/CMakeLists.txt has no target {name}" if name in offered else f"{CONAN}: does not offer {name}"
    linked = set()
    for node in assignments(recipe):
        if any(isinstance(target, ast.Attribute) and target.attr == "libs" for target in node.targets):
            linked.update(ast.literal_eval(node.value))
    for name in sorted(linked ^ set(aliases.values())):
        yield f"{CONAN}: src/CMakeLists.txt has no library {name}" if name in linked else f"{CONAN}: no component has the library {name}"


def exported(root):
    """The recipe exports files that exist, and all that are installed by name."""
    sources = assigned(python(root, CONAN), "SOURCES")
    if not isinstance(sources, tuple):
        yield f"{CONAN}: has no tuple SOURCES of the files it exports"
        return
    for source in sources:
        if not any(root.root.glob(source)):
            yield f"{CONAN}: exports {source}, which does not exist"
    needed = {"CMakeLists.txt", "LICENSE", "src/CMakeLists.txt", VERSION}
    for files in re.findall(r"\binstall\(FILES ([^)]*?) DESTINATION", root.read("cmake/install.cmake")):
        needed.update(name for name in files.split() if "$" not in name)
    for name in sorted(needed):
        if not any(fnmatch(name, source) for source in sources):
            yield f"{CONAN}: does not export {name}, which the build or the package needs"


def named_files(root):
    """Files that the portfile, the recipe and the test package name, and headers that the test program includes."""
    text = without_comments(root.read(PORTFILE))
    for variable, folder in (("SOURCE_PATH", "."), ("CMAKE_CURRENT_LIST_DIR", "packaging/vcpkg")):
        for name in re.findall(rf'"\$\{{{variable}\}}/([^"$]+)"', text):
            if not (root.root / folder / name).exists():
                yield f"{PORTFILE}: {name} does not exist"

    for node in ast.walk(python(root, CONAN)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "copy" and \
                len(node.args) > 1 and isinstance(node.args[1], ast.Constant) and not any(root.root.glob(node.args[1].value)):
            yield f"{CONAN}:{node.lineno}: {node.args[1].value} does not exist"

    programs = re.findall(r"\badd_executable\(\s*(\w+)([^)]*)\)", without_comments(root.read(TEST_CMAKE)))
    ran = strings(python(root, TEST_RECIPE))
    for program, sources in programs:
        if program not in ran:
            yield f"{TEST_RECIPE}: does not run {program}"
        for source in sources.split():
            path = f"{TEST_PACKAGE}/{source}"
            if not (root.root / path).exists():
                yield f"{TEST_CMAKE}: {source} does not exist"
                continue
            for include in tree.includes(root.read(path)):
                if include.name.startswith("asyncio/") and not (root.root / "include" / include.name).exists():
                    yield f"{path}:{include.line}: <{include.name}> does not exist"
    if not programs:
        yield f"{TEST_CMAKE}: builds no program"


RULES = (versions, names, json_format, required_versions, boost_ports, features, options, targets, exported, named_files)


def check(root):
    unreadable = [*syntax(root), *parsed(root)]
    return unreadable or [finding for rule in RULES for finding in dict.fromkeys(rule(root))]


if __name__ == "__main__":
    tree.report(check(tree.tree_from_command_line()))
