// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Several exceptions thrown as one: `ExceptionGroup`.
#pragma once

#include <asyncio/detail/base/exception_in.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asyncio {

/// What `describe` adds to the line of an exception; empty: nothing.
using exception_note = std::function<std::string(std::exception_ptr const&)>;

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

  /// Calls `fn(e)` for each exception that a `catch (E const&)` would catch, at any depth, in display order; an inner
  /// group that is reachable on several paths is visited once. **Example**:
  /// `group.for_each<boost::system::system_error>([](auto const& e) { std::cerr << e.code() << '\n'; });`
  template <class E, class F>
  void for_each(F&& fn) const {
    visit([&](std::exception_ptr const& e, std::size_t, bool) {
      if (E const* const found = detail::exception_in<E>(e)) fn(*found);
    });
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
  using visitor = std::function<void(std::exception_ptr const& e, std::size_t depth, bool repeated)>;
  /// Calls `fn` for each exception of the tree. The members of a group that is `repeated` are not visited again.
  void visit(visitor const& fn) const;
  friend std::string describe(std::exception_ptr const& e, exception_note const& note);
  [[nodiscard]] std::string tree(exception_note const& note = {}) const;

  std::shared_ptr<shared const> shared_;
};

/// `traceback.format_exception_only(e)`: the type and the text of any exception, "std::runtime_error: no route"; of a
/// group the whole tree, a line each; of a `system_error` without the place in Asio where it arose. @param e null gives
/// an empty text. @param note adds to the line of each exception what it returns.
/// **Threads**: any. **Example**: `std::cerr << asyncio::describe(std::current_exception()) << '\n';`
[[nodiscard]] std::string describe(std::exception_ptr const& e, exception_note const& note = {});

}  // namespace asyncio
