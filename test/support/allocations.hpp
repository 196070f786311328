// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Counting allocations, and making one of them fail. Linked into every unit test: it replaces operator new, and
/// aligned_alloc, which Asio's coroutine frames come from, in the objects of the program.
#pragma once

#include <cstddef>

namespace support {

/// Not under clang's ThreadSanitizer: it has an operator new of its own and takes no other.
#if defined(__clang__)
#if __has_feature(thread_sanitizer)
#define ASYNCIO_TEST_OWN_NEW 0
#endif
#endif
#ifndef ASYNCIO_TEST_OWN_NEW
#define ASYNCIO_TEST_OWN_NEW 1
#endif
inline constexpr bool allocations_are_seen = ASYNCIO_TEST_OWN_NEW == 1;

/// How many blocks are in use now, in all threads.
[[nodiscard]] std::ptrdiff_t blocks_in_use() noexcept;
/// How many allocations this thread has made.
[[nodiscard]] std::size_t allocations() noexcept;

/// Lets the n-th allocation of this thread in its scope fail, counted from 0, and no other.
class failing_allocation {
 public:
  explicit failing_allocation(std::size_t n) noexcept;
  failing_allocation(failing_allocation const&) = delete;
  failing_allocation& operator=(failing_allocation const&) = delete;
  ~failing_allocation();

  /// Whether it has come to that.
  [[nodiscard]] bool happened() const noexcept;
};

}  // namespace support
