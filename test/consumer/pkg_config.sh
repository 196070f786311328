#!/bin/sh
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# pkg_config.sh MAIN.cpp PROGRAM: the compiler $CXX and pkg-config are all that is needed. Environment variables reach
# introspection in every program that is linked with asyncio; one that is linked with asyncio-core says that it has none.
set -eux
mkdir -p "$(dirname "$2")"

# build PROGRAM PACKAGE OPTION...
build() {
  program=$1 package=$2
  shift 2
  # shellcheck disable=SC2046 # flags are words
  "$CXX" -std=c++20 "$main" -o "$program" "$@" $(pkg-config --cflags --libs "$package")
  test "$("$program")" = 29
}

writes_a_trace() {
  rm -f "$1.json"
  test "$(ASYNCIO_TRACE="$1.json" "$1")" = 29
  grep -q four "$1.json"
}

main=$1
build "$2" asyncio
writes_a_trace "$2"

# gold and lld have other rules than ld for what they take out of an archive.
for linker in gold lld; do
  command -v "ld.$linker" >/dev/null || continue
  build "$2-$linker" asyncio "-fuse-ld=$linker" -Wl,--gc-sections
  writes_a_trace "$2-$linker"
done

# All of it in the program, where the system has the archives.
if echo 'int main() {}' | "$CXX" -x c++ - -o "$2-probe" -static -lspdlog -lfmt 2>/dev/null; then
  build "$2-static" asyncio -static
  writes_a_trace "$2-static"
fi

build "$2-core" asyncio-core -Wl,--gc-sections
if ASYNCIO_TRACE="$2-core.json" "$2-core" 2>"$2-core.txt"; then
  exit 1
fi
grep -q 'link asyncio::asyncio instead of asyncio::core' "$2-core.txt"
