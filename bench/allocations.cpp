// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Counts every allocation of the program. Asio takes coroutine frames from aligned_alloc, everything else comes from operator new.
#include "bench.hpp"

#include <cstdlib>
#include <new>

namespace {

constinit thread_local bench::allocations counted;

void count(std::size_t bytes) noexcept {
  ++counted.count;
  counted.bytes += bytes;
}

}  // namespace

bench::allocations bench::allocations::of_this_thread() noexcept { return counted; }

// The other forms of operator new and delete in the standard library end in these, its aligned ones in aligned_alloc.
void* operator new(std::size_t bytes) {
  count(bytes);
  if (void* block = std::malloc(bytes > 0 ? bytes : 1)) return block;
  throw std::bad_alloc();
}

void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }

extern "C" void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
  count(bytes);
  void* block = nullptr;
  return posix_memalign(&block, alignment < sizeof(void*) ? sizeof(void*) : alignment, bytes) == 0 ? block : nullptr;
}
