// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// random_live SEED...: prints every case of random_vectors.hpp for every seed, a line `seed case value value...`.
// random_live.py runs it and compares the lines with CPython's.
#include "../unit/random_vectors.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::string const seed = argv[i];
    bool const negative = seed.starts_with('-');
    char* end = nullptr;
    errno = 0;
    std::int64_t const below_zero = negative ? std::strtoll(argv[i], &end, 10) : 0;
    std::uint64_t const from_zero = negative ? 0 : std::strtoull(argv[i], &end, 10);
    if (seed.empty() || *end != '\0' || errno != 0) {
      std::fprintf(stderr, "random_live: '%s' is no seed; give integers from -2**63 to 2**64 - 1\n", argv[i]);
      return 2;
    }
    for (auto const& each : random_cases::cases) {
      auto generator = negative ? asyncio::random::generator(below_zero) : asyncio::random::generator(from_zero);
      std::string line = seed + ' ' + each.name;
      for (auto const& drawn : each.draw(generator)) line += ' ' + random_cases::text(drawn);
      std::puts(line.c_str());
    }
  }
}
