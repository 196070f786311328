// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Creating and inspecting an exception_ptr without throwing, which would cost a thousand times as much.
#pragma once

#include <cstring>
#include <exception>
#include <typeinfo>

namespace asyncio::detail {

/// The result of `make()` as an exception_ptr; bad_alloc if there is no memory for its message.
template <class Make>
[[nodiscard]] std::exception_ptr exception_from(Make&& make) noexcept {
  try {
    return std::make_exception_ptr(make());
  } catch (...) {
    return std::current_exception();
  }
}

/// The exception in `e` if `catch (E const&)` would catch it, else null; valid as long as `e`.
template <class E>
[[nodiscard]] E const* exception_in(std::exception_ptr const& e) noexcept {
#ifdef __GLIBCXX__
  void* object = nullptr;  // an exception_ptr of libstdc++ is a pointer to the exception
  static_assert(sizeof object == sizeof e);
  std::memcpy(&object, &e, sizeof object);
  if (object == nullptr) return nullptr;
  std::type_info const& type = *e.__cxa_exception_type();
  if (type != typeid(E) && !typeid(E).__do_catch(&type, &object, 1)) return nullptr;
  return static_cast<E const*>(object);
#else
  try {
    if (e) std::rethrow_exception(e);
  } catch (E const& found) {
    return &found;
  } catch (...) {}
  return nullptr;
#endif
}

}  // namespace asyncio::detail
