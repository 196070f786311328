// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// asyncio-differential FILE...: runs each program under virtual time and prints its log, whose last line begins with
// `end`. A file may hold several programs, one after the other; `-` is the standard input. Exit 2: a program is malformed.
#include "program.hpp"

#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

namespace {

std::string contents(std::string const& path) {
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) throw differential::malformed("the file cannot be read");
  }
  std::istream& in = path == "-" ? std::cin : file;
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: asyncio-differential FILE...   (programs in JSON; - is the standard input)\n", stderr);
    return 2;
  }
  for (int i = 1; i < argc; ++i) {
    try {
      for (differential::program const& p : differential::parse_programs(contents(argv[i]))) {
        std::string const log = differential::log_of(p);
        std::fwrite(log.data(), 1, log.size(), stdout);
      }
    } catch (std::exception const& e) {
      std::fflush(stdout);
      std::fprintf(stderr, "asyncio-differential: %s: %s\n", argv[i], e.what());
      return 2;
    }
  }
}
