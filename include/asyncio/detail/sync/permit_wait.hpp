// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Waiting for a permit: the operations of a lock, a semaphore and a limiter.
#pragma once

#include <asyncio/detail/sync/guard.hpp>
#include <asyncio/detail/sync/permits.hpp>
#include <asyncio/detail/sync/waiters.hpp>
#include <asyncio/detail/task/operation.hpp>

#include <cstdint>
#include <utility>

namespace asyncio::detail {

/// The type of every node in the line of a `permits`.
class permit_receiver : public wait_node {
 public:
  /// Called for the first in line: a permit is granted to it.
  virtual void granted() noexcept = 0;

 protected:
  permit_receiver() = default;
  permit_receiver(permit_receiver&&) = default;
  ~permit_receiver() = default;
};

/// Grants a permit that has become free to the first in line.
inline void hand_to_first(permits& p) noexcept {
  if (ready_node* const next = p.grant_next()) static_cast<permit_receiver*>(next)->granted();
}
/// The same while permits are free.
inline void hand_out(permits& p) noexcept {
  while (ready_node* const next = p.grant_next()) static_cast<permit_receiver*>(next)->granted();
}

/// A wait that ends with a permit.
class permit_wait : public permit_receiver {
 public:
  void granted() noexcept final {
    granted_ = true;
    complete();
  }
  bool cancel_wait() final;
  void abandon() noexcept final;
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::lock, 0, {}, object_}; }

 protected:
  /// `object` is the primitive, `who` its function, for error messages.
  permit_wait(permits& p, void const* object, char const* who) noexcept : permits_(&p), object_(object), who_(who) {}
  permit_wait(permit_wait&& other) noexcept
      : permit_receiver(std::move(other)), permits_(other.permits_), object_(other.object_), who_(other.who_) {}
  ~permit_wait() = default;

  [[nodiscard]] permits& from() const noexcept { return *permits_; }
  bool arm() override;  // after ready() returned false
  void disarm() noexcept final { unlink(); }

  /// For finish(): accepts the permit. Throws if the wait failed or was cancelled, and then returns the permit.
  void resolve_grant() {
    check_outcome([this] { give_back(); });
    if (std::exchange(granted_, false)) {
      permits_->accept();
      hand_out(*permits_);
    }
  }

 private:
  void give_back() noexcept;

  permits* permits_;
  void const* object_;
  char const* who_;
  bool granted_ = false;  // granted, but neither accepted nor declined
};

/// `co_await primitive.acquire()` of a primitive without further conditions.
template <class Primitive>
class acquire_operation final : public permit_wait, public operation<acquire_operation<Primitive>, guard<Primitive>> {
 public:
  acquire_operation(Primitive& from, permits& p, char const* who) noexcept : permit_wait(p, &from, who), from_(&from) {}
  acquire_operation(acquire_operation&& other) noexcept : permit_wait(std::move(other)), from_(other.from_) {}

  bool ready() noexcept { return from().available() && awaited_first_time() && from_->try_take(); }
  [[nodiscard]] wait_info describe() const noexcept override {
    wait_info what = permit_wait::describe();
    if constexpr (requires { from_->holder(); }) what.task = from_->holder();
    return what;
  }
  guard<Primitive> finish() {
    resolve_grant();
    from_->taken();
    return guard<Primitive>(*from_);
  }

 private:
  Primitive* from_;
};

}  // namespace asyncio::detail
