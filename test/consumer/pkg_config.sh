#!/bin/sh
# pkg_config.sh MAIN.cpp PROGRAM: the compiler $CXX and pkg-config are all that is needed.
set -eux
mkdir -p "$(dirname "$2")"
# shellcheck disable=SC2046 # flags are words
"$CXX" -std=c++20 "$1" -o "$2" $(pkg-config --cflags --libs asyncio)
test "$("$2")" = 29
