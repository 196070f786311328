/// @file
/// Waiting for a permit: the operations of a lock, a semaphore and a limiter.
#pragma once

#include <asyncio/detail/guard.hpp>
#include <asyncio/detail/operation.hpp>
#include <asyncio/detail/permits.hpp>
#include <asyncio/detail/waiters.hpp>

#include <cstdint>
#include <utility>

namespace asyncio::detail {

/// Every node in the line of a `permits` is one.
class permit_receiver : public wait_node {
 public:
  /// It was the first in line; a permit is promised to it.
  virtual void promised() noexcept = 0;

 protected:
  permit_receiver() = default;
  permit_receiver(permit_receiver&&) = default;
  ~permit_receiver() = default;
};

/// Promises to the first in line what has become free.
inline void hand_to_first(permits& p) noexcept {
  if (ready_node* const next = p.promise_next()) static_cast<permit_receiver*>(next)->promised();
}
/// The same as long as something is free.
inline void hand_out(permits& p) noexcept {
  while (ready_node* const next = p.promise_next()) static_cast<permit_receiver*>(next)->promised();
}

/// A wait that ends with a permit.
class permit_wait : public permit_receiver {
 public:
  void promised() noexcept final {
    promised_ = true;
    complete();
  }
  bool cancel_wait() final;
  void abandon() noexcept final;
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::lock, 0, {}, object_}; }

 protected:
  /// `object` is the primitive, `who` its function for error texts.
  permit_wait(permits& p, void const* object, char const* who) noexcept : permits_(&p), object_(object), who_(who) {}
  permit_wait(permit_wait&& other) noexcept
      : permit_receiver(std::move(other)), permits_(other.permits_), object_(other.object_), who_(other.who_) {}
  ~permit_wait() = default;

  [[nodiscard]] permits& from() const noexcept { return *permits_; }
  bool arm() override;  // after ready() said no
  void disarm() noexcept final { unlink(); }

  /// For finish(): the permit is the coroutine's. Throws when the wait failed or was cancelled; then it is given back.
  void settle() {
    check_outcome([this] { give_back(); });
    if (std::exchange(promised_, false)) {
      permits_->accept();
      hand_out(*permits_);
    }
  }

 private:
  void give_back() noexcept;

  permits* permits_;
  void const* object_;
  char const* who_;
  bool promised_ = false;  // and neither accepted nor declined
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
    settle();
    from_->taken();
    return guard<Primitive>(*from_);
  }

 private:
  Primitive* from_;
};

}  // namespace asyncio::detail
