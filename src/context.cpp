// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/context.hpp>

#include <atomic>
#include <map>

namespace asyncio {
namespace detail {

struct context_values : std::map<context_key, std::shared_ptr<void const>> {};

constinit thread_local context_slot* present_slot = nullptr;

namespace {

/// Cleared at the end of the thread but not destroyed: destructors of static objects run later and may use it.
union lasting_slot {
  constexpr lasting_slot() noexcept : slot() {}
  lasting_slot(lasting_slot const&) = delete;
  lasting_slot& operator=(lasting_slot const&) = delete;
  ~lasting_slot() {}  // NOLINT: its member is not destroyed
  context_slot slot;
};
constinit thread_local lasting_slot own;

struct emptied_at_end {
  ~emptied_at_end() { own.slot.reset(); }
};

context_slot& thread_slot() noexcept {
  thread_local emptied_at_end const at_end;
  (void)at_end;
  return own.slot;
}

}  // namespace

context_key new_context_key() noexcept {
  static constinit std::atomic<context_key> last = 0;
  return ++last;
}

context_slot& current_context_slot() noexcept { return present_slot ? *present_slot : thread_slot(); }

context_slot copy_context_slot(context_slot const& from) {
  if (!from || !from->values) return nullptr;
  return std::make_shared<context_cell>(*from);
}

std::shared_ptr<void const> context_get(context_key key) noexcept {
  context_slot const& slot = current_context_slot();
  if (!slot || !slot->values) return nullptr;
  auto const found = slot->values->find(key);
  return found == slot->values->end() ? nullptr : found->second;
}

std::shared_ptr<void const> context_exchange(context_key key, std::shared_ptr<void const> value) {
  context_slot& slot = current_context_slot();
  if (!slot) slot = std::make_shared<context_cell>();
  // The current map may be shared: this context gets a modified copy.
  auto values = slot->values ? std::make_shared<context_values>(*slot->values) : std::make_shared<context_values>();
  std::shared_ptr<void const> before;
  if (auto const found = values->find(key); found != values->end()) before = std::move(found->second);
  if (value) {
    (*values)[key] = std::move(value);
  } else {
    values->erase(key);
  }
  slot->values = std::move(values);
  return before;
}

}  // namespace detail

context context::copy_current() {
  detail::context_slot copy = detail::copy_context_slot(detail::current_context_slot());
  return copy ? context(std::move(copy)) : context();
}

}  // namespace asyncio
