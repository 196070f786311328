// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Several exceptions thrown as one: `ExceptionGroup`.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asyncio {

/// `ExceptionGroup`: thrown by a task group whose children or body failed, and by `race_success` when all have failed.
/// Groups nest: an inner group is one of the exceptions of the outer one. Not an `asyncio::error`, nor a
/// `runtime_error`: a handler for the exceptions of a single task must not catch a group.
///
/// **Threads**: any: groups are immutable; copies share their contents. **Cost**: a copy counts references.
/// **Example**: `catch (asyncio::exception_group const& g) { if (g.contains<timeout_error>()) ... }`
class exception_group : public std::exception {
 public:
  /// `ExceptionGroup(message, exceptions)`. @param message what they have in common. @param exceptions in display
  /// order. @throws value_error when the list is empty or contains a null pointer.
  exception_group(std::string message, std::vector<std::exception_ptr> exceptions);
  exception_group(exception_group const&) noexcept = default;
  exception_group& operator=(exception_group const&) noexcept = default;
  ~exception_group() override;

  /// `group.message`: without the number of exceptions.
  [[nodiscard]] std::string_view message() const noexcept;
  /// `group.exceptions`: never empty; valid while a copy of the group exists.
  [[nodiscard]] std::span<std::exception_ptr const> exceptions() const noexcept;
  /// The whole tree, one line per exception with its type and text; the first line is Python's `str(group)`. A repeated
  /// group refers to its first occurrence. Built on the first call.
  [[nodiscard]] char const* what() const noexcept override;

  /// Whether a `catch (E const&)` would catch one of the exceptions, at any depth.
  template <class E>
  [[nodiscard]] bool contains() const {
    return contains_if(&is_caught_by<E>);
  }

  /// What `split` returns: the matching exceptions and the rest. A part without exceptions is empty.
  using parts = std::pair<std::optional<exception_group>, std::optional<exception_group>>;
  /// `group.split(E)`: separates the exceptions that a `catch (E const&)` would catch. Both parts keep the message and
  /// the nesting; a group that itself matches, or that matches entirely or not at all, is kept whole.
  template <class E>
  [[nodiscard]] parts split() const {
    return split_if(&is_caught_by<E>);
  }

 private:
  struct shared;
  using predicate = bool(std::exception_ptr const&);

  template <class E>
  static bool is_caught_by(std::exception_ptr const& e) {
    try {
      std::rethrow_exception(e);
    } catch (E const&) {
      return true;
    } catch (...) {
      return false;
    }
  }

  [[nodiscard]] bool contains_if(predicate* matches) const;
  [[nodiscard]] parts split_if(predicate* matches) const;
  [[nodiscard]] parts split_members(predicate* matches) const;
  [[nodiscard]] std::string tree() const;

  std::shared_ptr<shared const> shared_;
};

}  // namespace asyncio
