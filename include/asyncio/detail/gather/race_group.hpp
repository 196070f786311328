// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The children of a race: one wins, the others are cancelled and awaited.
#pragma once

#include <asyncio/detail/base/callable.hpp>
#include <asyncio/detail/base/time_limit.hpp>
#include <asyncio/detail/gather/child_group.hpp>
#include <asyncio/detail/gather/ranges.hpp>
#include <asyncio/detail/loop/deadline_timer.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace asyncio::detail {

/// The winner stops the others. Waiting throws if the caller was cancelled or a racer was rejected, but never a racer's
/// exception.
class race_group : public child_group {
 public:
  enum class won_by : std::uint8_t { the_end, success };

  race_group(task_loop& home, won_by rule, char const* who) noexcept
      : child_group(home, on_failure::carry_on, who), rule_(rule) {}
  race_group(task_loop& home, won_by rule) noexcept
      : race_group(home, rule, rule == won_by::success ? "asyncio::race_success" : "asyncio::race") {}

  /// Starts a racer per element; an exception from the range itself ends the call.
  template <class R, class T>
  void spawn_range(R bodies, std::vector<task<T>>& tasks, source_location where) {
    try {
      reserve_for(tasks, bodies);
      for (auto&& body : bodies) tasks.push_back(spawn(to_awaitable(std::move(body)), where));
    } catch (...) {
      refuse(std::current_exception());
    }
  }

  /// The winner; null if there is none.
  [[nodiscard]] task_base* winner() const noexcept { return winner_.get(); }

 protected:
  void child_succeeded(task_base& child) override { win(child); }
  void child_not_succeeded(task_base& child) override {
    if (rule_ == won_by::the_end) win(child);
  }

 private:
  void win(task_base& child) noexcept;

  won_by rule_;
  task_ref winner_;
};

/// The failure of a racer that has ended; null if it succeeded.
[[nodiscard]] std::exception_ptr failure_of(task_base& t);

/// Throws the value_error for a race without racers.
[[noreturn]] void throw_nobody_races(char const* who);
/// Throws the exception_group of a race without a winner.
[[noreturn]] void throw_all_failed(std::vector<std::exception_ptr> failures);

/// Racers that start one after the other: when the previous one has failed or had its head start.
template <class T, class R>
class staggered_group final : public race_group, private deadline_timer::target {
 public:
  staggered_group(task_loop& home, R bodies, time_limit const& head_start, source_location where)
      : race_group(home, won_by::success, "asyncio::race_staggered"),
        bodies_(std::move(bodies)),
        head_start_(head_start),
        where_(where) {}

  /// The racers that have started, in that order.
  [[nodiscard]] std::vector<task<T>> const& started() const noexcept { return started_; }

 private:
  bool has_more() override {
    if (!position_) {
      position_.emplace(std::begin(bodies_));
    } else if (!advanced_) {
      ++*position_;
    }
    advanced_ = true;
    return *position_ != std::end(bodies_);
  }
  [[nodiscard]] bool has_room() const noexcept override { return turn_; }

  task_base* make_next() override {
    if (!has_room()) return nullptr;
    if (!has_more()) return none_left();
    turn_ = advanced_ = false;
    auto body = body_of(**position_);
    if (stopped()) return nullptr;  // stopped while advancing the range
    started_.push_back(make_task(home(), std::move(body), where_, who()));
    task_base& t = *started_.back().ref().get();
    timer_.stop();
    if (auto const deadline = head_start_.from_now(home())) timer_.start(home(), *deadline);
    adopt(t, task_base::start_mode::by_owner);
    return &t;
  }
  void child_not_succeeded(task_base& child) override {
    if (started_.back().ref().get() == &child) time_up();
  }
  void time_up() override {
    timer_.stop();
    turn_ = true;
    pull_soon();
  }

  template <class B>
  static awaitable<T> body_of(B&& body) {
    using element = std::remove_cvref_t<B>;
    if constexpr (awaitable_like<element>) {
      return to_awaitable(element(std::move(body)));
    } else {
      if constexpr (std::is_copy_constructible_v<element>) {
        return call_and_keep<element>(std::forward<B>(body));  // it may belong to the user
      } else {
        return call_and_keep<element>(std::move(body));
      }
    }
  }

  R bodies_;
  time_limit head_start_;
  source_location where_;
  std::optional<iterator_of<R>> position_;
  std::vector<task<T>> started_;
  deadline_timer timer_{*this};
  bool advanced_ = false;
  bool turn_ = true;
};

}  // namespace asyncio::detail
