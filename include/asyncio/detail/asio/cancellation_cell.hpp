// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Access to the internals of Asio's cancellation states and slots.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>

#include <cstddef>
#include <cstring>
#include <new>
#include <typeinfo>
#include <utility>

namespace asyncio::detail {

/// A cancellation state stored in this object, without an allocation, that passes every cancellation type.
///
/// Asio constructs the internals of a cancellation_state in the slot it is given: here, storage in this object.
class cancellation_cell {
 public:
  cancellation_cell() { (void)visit<action::create>(boost::asio::cancellation_type::none); }
  cancellation_cell(cancellation_cell const&) = delete;
  cancellation_cell& operator=(cancellation_cell const&) = delete;
  ~cancellation_cell() { (void)visit<action::destroy>(boost::asio::cancellation_type::none); }

  /// Replaces it with a new state.
  void reset() {
    (void)visit<action::destroy>(boost::asio::cancellation_type::none);
    (void)visit<action::create>(boost::asio::cancellation_type::none);
  }

  /// A handle of the state, as held by Asio's coroutines.
  [[nodiscard]] boost::asio::cancellation_state state() noexcept {
    return visit<action::find>(boost::asio::cancellation_type::none);
  }
  void emit(boost::asio::cancellation_type type) { (void)visit<action::emit>(type); }

 private:
  struct pass_all {
    boost::asio::cancellation_type_t operator()(boost::asio::cancellation_type_t type) const noexcept { return type; }
  };
  enum class action { create, find, emit, destroy };

  template <action What>
  struct place {
    void* room;
    boost::asio::cancellation_type_t type;
    [[nodiscard]] bool is_connected() const noexcept { return true; }
    template <class State, class... Filter>
    State& emplace(Filter&&... filter) {
      static_assert(sizeof(State) <= size && alignof(State) <= alignof(void*));
      if constexpr (What == action::create) return *new (room) State(std::forward<Filter>(filter)...);
      auto* const state = std::launder(static_cast<State*>(room));
      if constexpr (What == action::emit) (*state)(type);
      if constexpr (What == action::destroy) state->~State();
      return *state;
    }
  };
  template <action What>
  boost::asio::cancellation_state visit(boost::asio::cancellation_type_t type) {
    return boost::asio::cancellation_state(place<What>{room_, type}, pass_all(), pass_all());
  }

  static constexpr std::size_t size = 16;
  alignas(void*) std::byte room_[size];
};

using slot_handler_base = boost::asio::detail::cancellation_handler_base;

/// Where a cancellation slot stores its handler.
inline slot_handler_base** handler_place(boost::asio::cancellation_slot slot) noexcept {
  static_assert(sizeof slot == sizeof(slot_handler_base**));
  slot_handler_base** place = nullptr;
  std::memcpy(static_cast<void*>(&place), static_cast<void const*>(&slot), sizeof place);
  return place;
}

/// While it exists the slot's handler is not called: a cancellation is recorded by the upstream state and not
/// forwarded.
class slot_silence {
 public:
  explicit slot_silence(boost::asio::cancellation_slot slot) noexcept : place_(handler_place(slot)) {
    if (place_ != nullptr) handler_ = std::exchange(*place_, nullptr);
  }
  slot_silence(slot_silence const&) = delete;
  slot_silence& operator=(slot_silence const&) = delete;
  ~slot_silence() {
    if (place_ != nullptr) *place_ = handler_;
  }

 private:
  slot_handler_base** place_;
  slot_handler_base* handler_ = nullptr;
};

/// Marks the handler in a cancellation slot, to detect later whether the operation has replaced it.
///
/// Wraps that handler in the slot; Asio destroys both together when it installs the next one.
class slot_mark final : slot_handler_base {
 public:
  slot_mark() = default;
  slot_mark(slot_mark const&) = delete;
  slot_mark& operator=(slot_mark const&) = delete;

  /// Marks the handler that a cancellation through that slot finally reaches; no effect if there is none.
  void put(boost::asio::cancellation_slot slot) noexcept {
    remove();
    slot_handler_base** const place = innermost(slot);
    if (place == nullptr || *place == nullptr) return;
    place_ = place;
    marked_ = *place;
    *place = this;
  }
  /// Removes the mark and leaves the handler in place.
  void remove() noexcept {
    if (marked_ != nullptr) *place_ = std::exchange(marked_, nullptr);
  }
  /// Whether a cancellation through that slot would reach an unmarked handler.
  [[nodiscard]] bool is_missing(boost::asio::cancellation_slot slot) const noexcept {
    slot_handler_base** const place = innermost(slot);
    return place != nullptr && *place != nullptr && *place != this;
  }

 private:
  void call(boost::asio::cancellation_type_t type) override { marked_->call(type); }
  std::pair<void*, std::size_t> destroy() noexcept override { return std::exchange(marked_, nullptr)->destroy(); }

  /// The innermost slot, past the states of composed operations that forward a cancellation to their current step.
  static slot_handler_base** innermost(boost::asio::cancellation_slot slot) noexcept {
    slot_handler_base** place = handler_place(slot);
    // Such a state begins with the signal it forwards to, and a signal is the address of its handler.
    while (place != nullptr && *place != nullptr && is_state(**place))
      place = reinterpret_cast<slot_handler_base**>(reinterpret_cast<std::byte*>(*place) + sizeof(slot_handler_base));
    return place;
  }
  static bool is_state(slot_handler_base const& h) noexcept {
    return std::strstr(typeid(h).name(), "20cancellation_handlerINS0_18cancellation_state4impl") != nullptr;
  }

  slot_handler_base** place_ = nullptr;
  slot_handler_base* marked_ = nullptr;
};

}  // namespace asyncio::detail
