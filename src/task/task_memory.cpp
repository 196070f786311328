// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/task/task_state.hpp>

#include <array>
#include <cstddef>
#include <new>
#include <utility>

namespace asyncio::detail {

#ifdef BOOST_ASIO_DISABLE_SMALL_BLOCK_RECYCLING  // sanitizers: reusing blocks hides bugs

void* task_base::operator new(std::size_t size) { return ::operator new(size); }
void task_base::operator delete(void* block, std::size_t) noexcept { ::operator delete(block); }

#else

namespace {

/// The most recently freed blocks of one size. A new task gets one that is still in the CPU cache. After many tasks
/// have ended, these few also keep the allocator from returning the top of its heap to the system, which later tasks
/// would have to request again page by page.
class recent_blocks {
 public:
  /// @return null if there is none.
  void* take() noexcept {
    next_ = (next_ + kept - 1) % kept;
    return std::exchange(blocks_[next_], nullptr);
  }
  void keep(void* block) noexcept {
    void* const oldest = std::exchange(blocks_[next_], block);
    next_ = (next_ + 1) % kept;
    if (oldest) [[unlikely]]
      ::operator delete(oldest);
  }
  void clear() noexcept {
    for (void*& block : blocks_) ::operator delete(std::exchange(block, nullptr));
  }

 private:
  static constexpr std::size_t kept = 64;
  std::array<void*, kept> blocks_{};
  std::size_t next_ = 0;  // the index of the next one; the last one is at the previous index, empty if there is none
};

/// Small sizes, such as tasks with small results, have separate stores in steps of 16 bytes.
constexpr std::size_t grain = 16;
constexpr std::size_t stores = 4;

constinit thread_local bool thread_ends = false;

struct recent_of_thread {
  constexpr recent_of_thread() noexcept = default;
  recent_of_thread(recent_of_thread const&) = delete;
  recent_of_thread& operator=(recent_of_thread const&) = delete;
  ~recent_of_thread() {
    thread_ends = true;
    for (recent_blocks& blocks : by_size) blocks.clear();
  }
  std::array<recent_blocks, stores> by_size{};
};
constinit thread_local recent_of_thread recent;

constexpr std::size_t rounded(std::size_t size) noexcept { return (size + grain - 1) / grain * grain; }
constexpr std::size_t smallest = rounded(sizeof(task_base));

/// @return null if blocks of that size are not kept, or no longer.
recent_blocks* store_for(std::size_t size) noexcept {
  std::size_t const index = (rounded(size) - smallest) / grain;
  return index < stores && !thread_ends ? &recent.by_size[index] : nullptr;
}

}  // namespace

void* task_base::operator new(std::size_t size) {
  if (recent_blocks* const blocks = store_for(size))
    if (void* const block = blocks->take()) return block;
  return ::operator new(rounded(size));
}

void task_base::operator delete(void* block, std::size_t size) noexcept {
  if (recent_blocks* const blocks = store_for(size)) {
    blocks->keep(block);
  } else {
    ::operator delete(block);
  }
}

#endif

}  // namespace asyncio::detail
