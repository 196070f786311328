// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/base/exception_in.hpp>
#include <asyncio/error.hpp>
#include <asyncio/exception_group.hpp>

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

namespace asyncio {

/// Groups may nest to any depth, so nothing here recurses into inner groups. A group may be reachable on many paths,
/// such as the failure of a task with many waiters, so each is visited once.
struct exception_group::shared {
  shared(std::string text_of_all, std::vector<std::exception_ptr> members) noexcept
      : message(std::move(text_of_all)), exceptions(std::move(members)) {}

  std::string const message;
  std::vector<std::exception_ptr> const exceptions;
  mutable std::once_flag printed;
  mutable std::string text;
  mutable shared const* next_to_go = nullptr;

  /// The deleter of the shared_ptr. Inner groups destroyed with this one are collected in a list, to avoid recursion.
  static void destroy(shared const* last) noexcept {
    static constinit thread_local shared const** going = nullptr;
    if (going != nullptr) {
      last->next_to_go = std::exchange(*going, last);
      return;
    }
    going = &last;
    while (last != nullptr) delete std::exchange(last, last->next_to_go);
    going = nullptr;
  }
};

namespace {

using detail::exception_in;

/// A multi-line text in which each line but the first is prefixed with `indent`.
std::string indented(std::string const& lines, std::string const& indent) {
  std::string text;
  for (char const c : lines) {
    if (c == '\n') {
      text += indent;
    } else {
      text += c;
    }
  }
  return text;
}

/// Python's `str(group)`.
std::string headline(exception_group const& g) {
  std::size_t const n = g.exceptions().size();
  return std::string(g.message()) + " (" + std::to_string(n) + (n == 1 ? " sub-exception)" : " sub-exceptions)");
}

/// The line about `e`; further lines of its text are prefixed with `indent`.
std::string type_and_text(std::exception_ptr const& e, std::string const& indent) {
  std::string const type = detail::type_of(e);
  if (auto const* const group = exception_in<exception_group>(e)) return type + ": " + headline(*group);
  bool const has_text = exception_in<std::exception>(e) != nullptr || exception_in<cancelled_error>(e) != nullptr;
  return has_text ? type + ": " + indented(detail::text_of(e), indent) : type;
}

}  // namespace

exception_group::exception_group(std::string message, std::vector<std::exception_ptr> exceptions)
    : shared_(new shared(std::move(message), std::move(exceptions)), &shared::destroy) {
  if (shared_->exceptions.empty())
    throw value_error(
        "asyncio::exception_group: '" + shared_->message +
        "' was given no exceptions; a group has at least one, throw it only when there is something to tell");
  for (std::exception_ptr const& e : shared_->exceptions)
    if (!e)
      throw value_error("asyncio::exception_group: '" + shared_->message +
                        "' was given a null exception_ptr; leave out what did not fail");
}

exception_group::~exception_group() = default;

std::string_view exception_group::message() const noexcept { return shared_->message; }

std::span<std::exception_ptr const> exception_group::exceptions() const noexcept { return shared_->exceptions; }

// -- taking apart ----------------------------------------------------------------------------------------------------

bool exception_group::contains_if(predicate* matches) const {
  std::vector<shared const*> todo{shared_.get()};
  std::unordered_set<shared const*> known{shared_.get()};
  while (!todo.empty()) {
    shared const& group = *todo.back();
    todo.pop_back();
    for (std::exception_ptr const& e : group.exceptions) {
      if (matches(e)) return true;
      auto const* const inner = exception_in<exception_group>(e);
      if (inner != nullptr && known.insert(inner->shared_.get()).second) todo.push_back(inner->shared_.get());
    }
  }
  return false;
}

exception_group::parts exception_group::split_if(predicate* matches) const {
  if (matches(std::make_exception_ptr(*this))) return {*this, std::nullopt};
  return split_members(matches);
}

exception_group::parts exception_group::split_members(predicate* matches) const {
  struct level {
    exception_group group;
    std::vector<std::exception_ptr> matching = {};
    std::vector<std::exception_ptr> rest = {};
    std::size_t next = 0;

    [[nodiscard]] parts result() {
      if (rest.empty()) return {group, std::nullopt};
      if (matching.empty()) return {std::nullopt, group};
      std::string const text(group.message());
      return {exception_group(text, std::move(matching)), exception_group(text, std::move(rest))};
    }
    void add(std::exception_ptr const& e, parts const& of_it) {
      auto const& [matched, left] = of_it;
      if (matched) matching.push_back(left ? std::make_exception_ptr(*matched) : e);
      if (left) rest.push_back(matched ? std::make_exception_ptr(*left) : e);
    }
  };
  std::unordered_map<shared const*, parts> known;
  std::vector<level> path;
  path.push_back({*this});
  for (;;) {
    level& here = path.back();
    if (here.next == here.group.exceptions().size()) {
      parts of_it = here.result();
      if (path.size() == 1) return of_it;
      known.emplace(here.group.shared_.get(), std::move(of_it));
      path.pop_back();  // the parent level finds it there
      continue;
    }
    std::exception_ptr const& e = here.group.exceptions()[here.next];
    if (matches(e)) {
      here.matching.push_back(e);
    } else if (auto const* const inner = exception_in<exception_group>(e)) {
      auto const found = known.find(inner->shared_.get());
      if (found == known.end()) {
        path.push_back({*inner});
        continue;
      }
      here.add(e, found->second);
    } else {
      here.rest.push_back(e);
    }
    ++here.next;
  }
}

// -- printing --------------------------------------------------------------------------------------------------------

char const* exception_group::what() const noexcept {
  try {
    std::call_once(shared_->printed, [this] { shared_->text = tree(); });
    return shared_->text.c_str();
  } catch (...) {  // out of memory for the tree
    return shared_->message.c_str();
  }
}

void exception_group::visit(visitor const& fn) const {
  struct level {
    exception_group const* group;
    std::size_t next = 0;
  };
  std::unordered_set<shared const*> known{shared_.get()};
  std::vector<level> path{{this}};
  while (!path.empty()) {
    level& here = path.back();
    if (here.next == here.group->exceptions().size()) {
      path.pop_back();
      continue;
    }
    std::exception_ptr const& e = here.group->exceptions()[here.next++];
    auto const* const inner = exception_in<exception_group>(e);
    bool const repeated = inner != nullptr && !known.insert(inner->shared_.get()).second;
    fn(e, path.size(), repeated);
    if (inner != nullptr && !repeated) path.push_back({inner});
  }
}

std::string describe(std::exception_ptr const& e, exception_note const& note) {
  if (!e) return {};
  std::string const text = type_and_text(e, "\n  ") + (note ? note(e) : std::string());
  auto const* const group = exception_in<exception_group>(e);
  return group == nullptr ? text : text + group->tree(note).substr(headline(*group).size());
}

std::string exception_group::tree(exception_note const& note) const {
  constexpr std::size_t deepest = 40;  // deeper levels are not indented further: the text would grow quadratically
  std::string text = headline(*this);
  visit([&](std::exception_ptr const& e, std::size_t depth, bool repeated) {
    std::string const indent = '\n' + std::string(2 * std::min(depth, deepest), ' ');
    text += indent + type_and_text(e, indent + "  ");
    if (note) text += note(e);
    if (repeated) text += ", see above";
  });
  return text;
}

}  // namespace asyncio
