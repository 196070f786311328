// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// replay DIRECTORY: gives each file in it to the fuzz target, without a fuzzer: what the corpus has found stays found.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  if (argc != 2) {
    std::fputs("usage: fuzz_replay DIRECTORY\n", stderr);
    return 2;
  }
  std::vector<fs::path> inputs;
  try {
    for (fs::directory_entry const& each : fs::directory_iterator(argv[1])) inputs.push_back(each.path());
  } catch (std::exception const& e) {
    std::fprintf(stderr, "fuzz_replay: %s\n", e.what());
    return 2;
  }
  std::sort(inputs.begin(), inputs.end());
  for (fs::path const& path : inputs) {
    std::ifstream file(path, std::ios::binary);
    std::string const bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    std::fprintf(stderr, "%s: %zu bytes\n", path.filename().c_str(), bytes.size());
    LLVMFuzzerTestOneInput(reinterpret_cast<std::uint8_t const*>(bytes.data()), bytes.size());
  }
  std::printf("%zu inputs\n", inputs.size());
  return inputs.empty() ? 1 : 0;
}
