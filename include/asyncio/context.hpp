// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Context variables: `contextvars.ContextVar`, `contextvars.copy_context`.
#pragma once

#include <asyncio/error.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace asyncio {

class context;

namespace detail {

/// The values of variables by their keys.
struct context_values;

/// What a context handle points to: the current values, copied on write.
struct context_cell {
  std::shared_ptr<context_values const> values;
};

/// A task's context: empty until a variable is set, so a task without variables allocates nothing.
using context_slot = std::shared_ptr<context_cell>;

/// The current slot; null means the thread's own.
extern constinit thread_local context_slot* present_slot;
/// The current slot: the running task's, else the thread's.
[[nodiscard]] context_slot& current_context_slot() noexcept;
/// Makes `slot` (null: the thread's own) the current one and returns the previous one.
inline context_slot* exchange_context_slot(context_slot* slot) noexcept { return std::exchange(present_slot, slot); }
/// A slot with the values of `from`, independent of it.
[[nodiscard]] context_slot copy_context_slot(context_slot const& from);

/// A number per variable, never reused: contexts keep values of destroyed variables.
using context_key = std::uint64_t;
[[nodiscard]] context_key new_context_key() noexcept;

[[nodiscard]] std::shared_ptr<void const> context_get(context_key key) noexcept;
std::shared_ptr<void const> context_exchange(context_key key, std::shared_ptr<void const> value);

}  // namespace detail

/// A set of context variable values: `contextvars.Context`. A handle: copies share one context.
/// Conformance: CX1, CX2, CX4. **Threads**: distinct contexts are independent; use one context in one thread at a time.
class context {
 public:
  /// An empty context.
  context() : slot_(std::make_shared<detail::context_cell>()) {}

  /// `contextvars.copy_context()`: a new context with the current values. @return the copy.
  [[nodiscard]] static context copy_current();

  /// `Context.run(fn)`: calls `fn()` with this context current. @return what `fn` returns. @throws what `fn` throws.
  template <class F>
  decltype(auto) run(F&& fn) {
    scope const inside(slot_);
    return std::forward<F>(fn)();
  }

  /// Whether both handles refer to the same context.
  friend bool operator==(context const& a, context const& b) noexcept { return a.slot_ == b.slot_; }

  /// @cond internal: used by tasks.
  [[nodiscard]] detail::context_slot const& slot() const noexcept { return slot_; }
  /// @endcond

 private:
  explicit context(detail::context_slot slot) noexcept : slot_(std::move(slot)) {}

  class scope {
   public:
    explicit scope(detail::context_slot& slot) noexcept : before_(detail::exchange_context_slot(&slot)) {}
    scope(scope const&) = delete;
    scope& operator=(scope const&) = delete;
    ~scope() { detail::exchange_context_slot(before_); }

   private:
    detail::context_slot* before_;
  };

  detail::context_slot slot_;
};

/// A variable with a value per context: `contextvars.ContextVar`. A task starts with a copy of its creator's values;
/// its own changes stay local. Conformance: CX1-CX3.
///
/// **Threads**: each thread outside a loop has its own context.
/// **Cost**: get is a lookup in a map, set copies the map.
template <class T>
class context_var {
 public:
  /// What `set` returns; pass it to `reset` to restore the previous value.
  class [[nodiscard("pass the token to reset() to restore the value before")]] token {
   public:
    token(token &&) noexcept = default;
    token& operator=(token&&) noexcept = default;

   private:
    friend class context_var;
    token(detail::context_key key, std::shared_ptr<void const> before) noexcept
        : key_(key), before_(std::move(before)) {}
    detail::context_key key_;
    std::shared_ptr<void const> before_;
    bool used_ = false;
  };

  /// `ContextVar(name)`: a variable without a default.
  context_var() = default;
  /// `ContextVar(name, default=value)`. @param value what `get` returns when nothing was set.
  explicit context_var(T value) : default_(std::move(value)) {}
  context_var(context_var const&) = delete;
  context_var& operator=(context_var const&) = delete;

  /// `var.get()`: the value in the current context, else the default.
  /// @throws error if there is neither (Python's LookupError).
  [[nodiscard]] T get() const {
    if (auto value = detail::context_get(key_)) return *static_cast<T const*>(value.get());
    if (!default_)
      throw error("asyncio::context_var::get: no value was set in this context and the variable has no default");
    return *default_;
  }

  /// `var.get(default)`. @return the value in the current context, else `otherwise`, even if the variable has a
  /// default.
  [[nodiscard]] T get(T otherwise) const {
    if (auto value = detail::context_get(key_)) return *static_cast<T const*>(value.get());
    return otherwise;
  }

  /// `var.set(value)`: sets it in the current context. @return a token for `reset`.
  token set(T value) {
    return token(key_, detail::context_exchange(key_, std::make_shared<T const>(std::move(value))));
  }

  /// `var.reset(token)`: restores the value before that `set`.
  /// @throws value_error for a token of another variable, invalid_state for a token that was already used.
  void reset(token& t) {
    if (t.key_ != key_) throw value_error("asyncio::context_var::reset: the token was made by another variable");
    if (t.used_)
      throw invalid_state("asyncio::context_var::reset: the token was used before; each set() gives one reset()");
    t.used_ = true;
    detail::context_exchange(key_, std::move(t.before_));
  }
  /// The same for an rvalue token.
  void reset(token&& t) { reset(t); }

 private:
  detail::context_key key_ = detail::new_context_key();
  std::optional<T> default_;
};

}  // namespace asyncio
