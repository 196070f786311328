// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Memory for the handlers that a loop posts to Asio.
#pragma once

#include <atomic>
#include <cstddef>
#include <new>
#include <utility>

namespace asyncio::detail {

/// A few preallocated blocks, so that queueing a wake-up cannot fail; further ones come from the heap. **Threads**:
/// any.
template <std::size_t Count>
class handler_blocks {
 public:
  void* allocate(std::size_t size) {
    for (block& b : blocks_) {
      if (size <= sizeof b.bytes && !b.used.exchange(true, std::memory_order_acquire)) return b.bytes;
    }
    return ::operator new(size);
  }
  void deallocate(void* p) noexcept {
    for (block& b : blocks_) {
      if (p == b.bytes) {
        b.used.store(false, std::memory_order_release);  // possibly by a thread that should not run this context
        return;
      }
    }
    ::operator delete(p);
  }

 private:
  struct block {
    alignas(std::max_align_t) std::byte bytes[256];
    std::atomic<bool> used{false};
  };
  block blocks_[Count];
};

using handler_memory = handler_blocks<7>;

/// An allocator over a `Memory`, which has allocate(size) and deallocate(pointer).
template <class T, class Memory>
class memory_allocator {
 public:
  using value_type = T;
  explicit memory_allocator(Memory& m) noexcept : memory_(&m) {}
  template <class U>
  memory_allocator(memory_allocator<U, Memory> const& other) noexcept
      : memory_(other.memory_) {}  // NOLINT: allocators convert
  T* allocate(std::size_t n) { return static_cast<T*>(memory_->allocate(n * sizeof(T))); }
  void deallocate(T* p, std::size_t) noexcept { memory_->deallocate(p); }
  friend bool operator==(memory_allocator const& a, memory_allocator const& b) noexcept {
    return a.memory_ == b.memory_;
  }

 private:
  template <class, class>
  friend class memory_allocator;
  Memory* memory_;
};

/// A handler that uses this allocator.
template <class F, class Memory = handler_memory>
struct own_handler {
  using allocator_type = memory_allocator<void, Memory>;
  Memory* memory;
  F fn;
  [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type(*memory); }
  template <class... Args>
  void operator()(Args&&... args) {
    fn(std::forward<Args>(args)...);
  }
};

}  // namespace asyncio::detail
