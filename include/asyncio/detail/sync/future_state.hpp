// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The shared state of a future.
#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/detail/task/task_state.hpp>
#include <asyncio/detail/task/wait_node.hpp>
#include <asyncio/error.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace asyncio::detail {

class callback_index;

/// The part of a future that does not depend on its result type.
class future_base {
 public:
  future_base(task_loop& home, source_location where) noexcept;
  future_base(future_base const&) = delete;
  future_base& operator=(future_base const&) = delete;

  friend void intrusive_ptr_add_ref(future_base const* f) noexcept { f->references_.add(); }
  friend void intrusive_ptr_release(future_base const* f) noexcept {
    if (f->references_.release()) delete f;
  }
  [[nodiscard]] bool unreferenced_elsewhere() const noexcept { return references_.unique(); }

  [[nodiscard]] bool done() const noexcept { return phase_ != phase::pending; }
  [[nodiscard]] bool cancelled() const noexcept { return phase_ == phase::cancelled; }
  [[nodiscard]] source_location created_at() const noexcept { return where_; }
  /// Its loop if that still exists: a handle may outlive it.
  [[nodiscard]] task_loop* living_home() const noexcept;
  /// The nodes to queue, in order, when it is done.
  [[nodiscard]] list<ready_node>& waiters() noexcept { return waiters_; }
  /// The index of the done callbacks among them.
  [[nodiscard]] std::unique_ptr<callback_index>& callbacks() noexcept { return callbacks_; }

  void fail(std::exception_ptr e);
  bool cancel(std::string_view message);
  /// Throws invalid_state unless it is done; `who` begins the error message.
  void require_done(char const* who) const;
  /// Throws what an await of the done future throws: its exception, or cancelled_error.
  void rethrow_failure() const;
  /// The exception of a failed future, else null; counts as retrieving it. Throws cancelled_error for a cancelled one.
  [[nodiscard]] std::exception_ptr exception() const;

  /// For the operation that waits: as wait_node's arm() and cancel_wait().
  bool arm(wait_node& node, task_loop& home);
  bool cancel_wait(wait_node& node);

 protected:
  virtual ~future_base();
  /// Throws invalid_state if it is already done, or if the caller is in the wrong thread (debug mode).
  void require_pending(char const* who) const;
  void succeeded() noexcept { ended(phase::finished); }

 private:
  enum class phase : std::uint8_t { pending, finished, failed, cancelled };
  void ended(phase p) noexcept;

  task_loop* loop_;
  std::uint32_t home_serial_;
  mutable reference_count references_{};
  source_location where_;
  list<ready_node> waiters_;
  std::unique_ptr<callback_index> callbacks_;
  std::exception_ptr failure_;
  std::unique_ptr<std::string> cancel_message_;  // null: no message
  phase phase_ = phase::pending;
  mutable bool retrieved_ = false;
};

template <class T>
class future_state final : public future_base {
 public:
  using future_base::future_base;

  template <class... V>
  void set(V&&... value) {
    require_pending("asyncio::future::set_result");
    value_.emplace(std::forward<V>(value)...);
    succeeded();
  }
  /// The value of a done future. Throws its failure; throws invalid_state if an await has moved the value out.
  [[nodiscard]] nonvoid_t<T>& value() {
    rethrow_failure();
    if (moved_out_)
      throw invalid_state(
          "asyncio::future: the result was moved out by an earlier await; a move-only result can be awaited once");
    return *value_;
  }
  /// The result of an await: a copy, or the value itself if it is not copyable or cannot be requested again.
  [[nodiscard]] T take() {
    if constexpr (std::is_void_v<T>) {
      rethrow_failure();
    } else {
      T& v = value();
      if constexpr (std::is_copy_constructible_v<T>) {
        if (!unreferenced_elsewhere()) return v;
      }
      moved_out_ = true;
      return std::move(v);
    }
  }

 private:
  std::optional<nonvoid_t<T>> value_;
  bool moved_out_ = false;
};

}  // namespace asyncio::detail
