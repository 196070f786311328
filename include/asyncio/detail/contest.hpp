/// @file
/// The children of a race: one of them wins, the others are cancelled and awaited.
#pragma once

#include <asyncio/detail/callable.hpp>
#include <asyncio/detail/children.hpp>
#include <asyncio/detail/ranges.hpp>
#include <asyncio/detail/time_limit.hpp>
#include <asyncio/detail/turn_timer.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace asyncio::detail {

/// Whoever wins stops the others. Waiting for it throws when the caller was cancelled or a contestant was refused, and
/// never what a contestant threw.
class contest : public children {
 public:
  enum class won_by : std::uint8_t { the_end, success };

  contest(kernel& home, won_by rule, char const* who) noexcept : children(home, on_failure::carry_on, who), rule_(rule) {}
  contest(kernel& home, won_by rule) noexcept
      : contest(home, rule, rule == won_by::success ? "asyncio::race_success" : "asyncio::race") {}

  /// Starts a contestant per element; what the range itself throws ends the call.
  template <class R, class T>
  void spawn_range(R bodies, std::vector<task<T>>& tasks, source_location where) {
    try {
      reserve_for(tasks, bodies);
      for (auto&& body : bodies) tasks.push_back(spawn(to_awaitable(std::move(body)), where));
    } catch (...) {
      refuse(std::current_exception());
    }
  }

  /// Null: nobody has won.
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

/// How a contestant that has ended has failed; null when it has not.
[[nodiscard]] std::exception_ptr failure_of(task_base& t);

/// Throws the value_error for a race without contestants.
[[noreturn]] void throw_nobody_races(char const* who);
/// Throws the exception_group of a race without a winner.
[[noreturn]] void throw_all_failed(std::vector<std::exception_ptr> failures);

/// Contestants that start one after the other: when the one before has failed or had its head start.
template <class T, class R>
class staggered_contest final : public contest, private turn_timer::target {
 public:
  staggered_contest(kernel& home, R bodies, time_limit const& head_start, source_location where)
      : contest(home, won_by::success, "asyncio::race_staggered"), bodies_(std::move(bodies)), head_start_(head_start), where_(where) {}

  /// Those that have started, in that order.
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
    if (stopped()) return nullptr;  // by the range
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
        return call_and_keep<element>(std::forward<B>(body));  // it may be the user's own
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
  turn_timer timer_{*this};
  bool advanced_ = false;
  bool turn_ = true;
};

}  // namespace asyncio::detail
