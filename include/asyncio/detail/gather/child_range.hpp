// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The children of a gather over a range, pulled one at a time: a child that never suspends ends before the next one is
/// created, so that its memory is reused.
#pragma once

#include <asyncio/detail/base/input_range.hpp>
#include <asyncio/detail/gather/child_group.hpp>
#include <asyncio/detail/task/task_state.hpp>

#include <cstddef>
#include <exception>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace asyncio::detail {

/// Stores the outcomes of children of type T until all have ended.
template <class T, bool Outcomes>
class child_results {
 public:
  using slot = std::conditional_t<Outcomes, result<T>, T>;
  using values = std::vector<slot>;
  /// Trivial types are stored directly in the result vector.
  static constexpr bool in_place = std::is_trivial_v<slot> && !std::is_same_v<slot, bool>;
  using place = std::conditional_t<in_place, slot, std::optional<slot>>;

  void reserve(std::size_t n) { slots_.reserve(n); }
  void add_place() { slots_.emplace_back(); }
  void store(task_state<T>& child) {
    place& p = slots_[child.child_index()];
    if constexpr (Outcomes) {
      p.emplace(outcome_of(child, true));
    } else if constexpr (in_place) {
      p = child.take(true);
    } else {
      p.emplace(child.take(true));
    }
  }
  [[nodiscard]] values take() {
    if constexpr (in_place) {
      return std::move(slots_);
    } else {
      values all;
      all.reserve(slots_.size());
      for (place& p : slots_) all.push_back(std::move(*p));
      return all;
    }
  }

 private:
  std::vector<place> slots_;
};

template <>
class child_results<void, false> {
 public:
  using values = void;
  void reserve(std::size_t) noexcept {}
  void add_place() noexcept {}
  void store(task_state<void>&) noexcept {}
  void take() noexcept {}
};

inline constexpr std::size_t no_limit = static_cast<std::size_t>(-1);

/// At most `limit` children run at a time; the range is advanced only when there is room for one more.
template <class T, class R, bool Outcomes>
class child_range final : public child_group {
 public:
  child_range(task_loop& home, R bodies, std::size_t limit, source_location where)
      : child_group(home, Outcomes ? on_failure::carry_on : on_failure::cancel_siblings, "asyncio::gather"),
        bodies_(std::move(bodies)),
        limit_(limit),
        where_(where) {
    reserve_for(results_, bodies_);
  }

  [[nodiscard]] auto take() { return results_.take(); }

 private:
  using iterator = iterator_of<R>;

  bool has_more() override {
    if (!position_) position_.emplace(std::begin(bodies_));
    if (pulled_ > 0 && !advanced_) {
      ++*position_;
      advanced_ = true;
    }
    return *position_ != std::end(bodies_);
  }
  [[nodiscard]] bool has_room() const noexcept override {
    if (limit_ == no_limit) return true;  // all start, as in asyncio, even if the first fails immediately
    return running_count() < limit_ && (Outcomes || !failed());
  }

  task_base* make_next() override {
    if (!has_room()) return nullptr;
    if (!has_more()) return none_left();
    advanced_ = false;
    auto body = to_awaitable(taken(**position_));
    if (stopped()) return nullptr;  // stopped while advancing the range
    auto const index = pulled_++;
    results_.add_place();
    task_ref const child = make_child(std::move(body));
    task_base& t = *child.get();
    t.set_child_index(index);
    adopt(t, task_base::start_mode::by_owner);
    return &t;
  }
  void child_succeeded(task_base& child) override {
    auto& t = static_cast<task_state<T>&>(child);
    results_.store(t);
    if (spare_.get() != nullptr) return;
    t.drop_value();
    spare_ = task_ref::share(t);
  }
  void child_not_succeeded(task_base& child) override {
    if constexpr (Outcomes) results_.store(static_cast<task_state<T>&>(child));
  }

  /// Reuses the block of a child that has ended, if it is not referenced elsewhere: children that never suspend share
  /// one.
  task_ref make_child(awaitable<T> body) {
    task_ref spare = std::move(spare_);
    if (spare.get() == nullptr || !spare.get()->renewable() || !body.valid())
      return make_task(home(), std::move(body), where_, who()).ref();
    static_cast<task_state<T>*>(spare.get())->renew(std::move(body));
    return spare;
  }

  template <class A>
  static std::remove_cvref_t<A> taken(A&& element) {
    return std::move(element);
  }

  R bodies_;
  std::size_t limit_;
  source_location where_;
  std::optional<iterator> position_;
  child_results<T, Outcomes> results_;
  task_ref spare_;
  std::uint64_t pulled_ = 0;
  bool advanced_ = false;
};

}  // namespace asyncio::detail
