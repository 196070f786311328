// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// A task with its result.
#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/detail/task/task_base.hpp>
#include <asyncio/error.hpp>

#include <optional>
#include <string>
#include <utility>

namespace asyncio::detail {

template <class T>
class task_state final : public task_base {
 public:
  task_state(task_loop& home, awaitable<T> body, source_location where) : task_base(home, release_frame(body), where) {}

  /// Reuses a renewable() task for a new body.
  void renew(awaitable<T> body) noexcept {
    task_base::renew(release_frame(body));
    moved_out_ = false;
  }
  /// For an owner that has already taken the result.
  void drop_value() noexcept { value_.reset(); }

  /// The value of a finished task. Throws its failure; throws invalid_state if a join has moved the value out.
  [[nodiscard]] nonvoid_t<T>& value() {
    rethrow_failure();
    if (moved_out_)
      throw invalid_state("asyncio: the result of task '" + std::string(name()) +
                          "' was moved out by an earlier join; a move-only result can be joined once");
    return *value_;
  }
  /// The result of a join: a copy, or the value itself if it is not copyable or cannot be requested again.
  [[nodiscard]] T take(bool last_reference) {
    if constexpr (std::is_void_v<T>) {
      (void)last_reference;
      rethrow_failure();
    } else {
      T& v = value();
      if constexpr (std::is_copy_constructible_v<T>) {
        if (!last_reference) return v;
      }
      moved_out_ = true;
      return std::move(v);
    }
  }

 private:
  void destroy() noexcept override {
    if (!sent_home()) delete this;
  }
  void take_result() override {
    auto& body = static_cast<frame_of<T>&>(root());
    if constexpr (std::is_void_v<T>) {
      body.get();
      drop_body();
      if (!result_counts()) return;
      value_.emplace();
    } else {
      T value = body.get();
      drop_body();
      if (!result_counts()) return;
      value_.emplace(std::move(value));
    }
    ended(task_phase::finished);
  }

  std::optional<nonvoid_t<T>> value_;
  bool moved_out_ = false;
};

/// The outcome of a task that has ended, as a value. `sole_owner`: the value is moved out, not copied.
template <class T>
result<T> outcome_of(task_state<T>& t, bool sole_owner) {
  using boost::system::in_place_error;  // T may be constructible from an exception_ptr, like std::any
  if (t.failed()) return result<T>(in_place_error, t.retrieve_exception());
  if (t.cancelled()) return result<T>(in_place_error, cancelled_exception(t.cancel_message()));
  if constexpr (std::is_void_v<T>) {
    (void)sole_owner;
    return {};
  } else {
    return result<T>(boost::system::in_place_value, t.take(sole_owner));
  }
}

}  // namespace asyncio::detail
