// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include "allocations.hpp"

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <new>
#include <unordered_set>

extern "C" {
void* __real_aligned_alloc(std::size_t alignment, std::size_t size);
void __real_free(void* block);
void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size);
void __wrap_free(void* block);
}

namespace support {

namespace {

constexpr std::size_t never = std::numeric_limits<std::size_t>::max();

constinit std::atomic<std::ptrdiff_t> in_use{0};
constinit thread_local std::size_t made = 0;
constinit thread_local std::size_t until_failure = never;

/// @return whether this one is to fail.
bool count_one() noexcept {
  ++made;
  if (until_failure == never) return false;
  if (until_failure > 0) {
    --until_failure;
    return false;
  }
  until_failure = never;
  return true;
}

template <class T>
struct uncounted {
  using value_type = T;
  uncounted() = default;
  template <class U>
  uncounted(uncounted<U> const&) noexcept {}  // NOLINT: allocators convert
  T* allocate(std::size_t n) {
    if (void* const p = std::malloc(n * sizeof(T))) return static_cast<T*>(p);
    throw std::bad_alloc();
  }
  void deallocate(T* p, std::size_t) noexcept { __real_free(p); }
  friend bool operator==(uncounted const&, uncounted const&) noexcept { return true; }
};

/// The blocks of aligned_alloc: free() is also called for others.
class aligned_blocks {
 public:
  void add(void* block) {
    std::lock_guard const lock(mutex_);
    blocks_.insert(block);
  }
  [[nodiscard]] bool remove(void* block) noexcept {
    std::lock_guard const lock(mutex_);
    return blocks_.erase(block) > 0;
  }

 private:
  std::mutex mutex_;
  std::unordered_set<void*, std::hash<void*>, std::equal_to<>, uncounted<void*>> blocks_;
};

aligned_blocks& aligned() {
  alignas(aligned_blocks) static unsigned char storage[sizeof(aligned_blocks)];
  static auto* const blocks = new (storage) aligned_blocks;  // never destroyed: the last free() comes after everything
  return *blocks;
}

}  // namespace

std::ptrdiff_t blocks_in_use() noexcept { return in_use.load(std::memory_order_relaxed); }
std::size_t allocations() noexcept { return made; }

failing_allocation::failing_allocation(std::size_t n) noexcept { until_failure = n; }
failing_allocation::~failing_allocation() { until_failure = never; }
bool failing_allocation::happened() const noexcept { return until_failure == never; }

}  // namespace support

#if ASYNCIO_TEST_OWN_NEW

void* operator new(std::size_t size) {
  if (support::count_one()) throw std::bad_alloc();
  void* const block = std::malloc(size == 0 ? 1 : size);
  if (block == nullptr) throw std::bad_alloc();
  support::in_use.fetch_add(1, std::memory_order_relaxed);
  return block;
}

void* operator new(std::size_t size, std::nothrow_t const&) noexcept {  // a sanitizer's does not call the one above
  try {
    return operator new(size);
  } catch (...) {
    return nullptr;
  }
}

void operator delete(void* block) noexcept {
  if (block == nullptr) return;
  support::in_use.fetch_sub(1, std::memory_order_relaxed);
  __real_free(block);
}
void operator delete(void* block, std::size_t) noexcept { operator delete(block); }

#endif

void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size) {
  if (support::count_one()) return nullptr;
  void* const block = __real_aligned_alloc(alignment, size);
  if (block != nullptr) {
    support::aligned().add(block);
    support::in_use.fetch_add(1, std::memory_order_relaxed);
  }
  return block;
}

void __wrap_free(void* block) {
  if (block != nullptr && support::aligned().remove(block)) support::in_use.fetch_sub(1, std::memory_order_relaxed);
  __real_free(block);
}
