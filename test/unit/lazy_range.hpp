// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <iterator>
#include <type_traits>
#include <utility>

/// `fn(from), fn(from + 1) ... fn(to - 1)`: lazy, single-pass, unsized, and its end is not an iterator. A view of the standard
/// library would do, but clang 14 cannot compile those of libstdc++.
template <class F>
class lazy_range {
 public:
  lazy_range(int from, int to, F fn) : fn_(std::move(fn)), from_(from), to_(to) {}

  class iterator {
   public:
    using value_type = std::invoke_result_t<F&, int>;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;

    iterator() = default;
    iterator(F& fn, int at, int end) noexcept : fn_(&fn), at_(at), end_(end) {}
    value_type operator*() const { return (*fn_)(at_); }
    iterator& operator++() noexcept {
      ++at_;
      return *this;
    }
    void operator++(int) noexcept { ++at_; }
    friend bool operator==(iterator const& it, std::default_sentinel_t) noexcept { return it.at_ == it.end_; }

   private:
    F* fn_ = nullptr;
    int at_ = 0;
    int end_ = 0;
  };

  [[nodiscard]] iterator begin() noexcept { return {fn_, from_, to_}; }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

 private:
  F fn_;
  int from_;
  int to_;
};
