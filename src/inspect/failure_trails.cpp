// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/base/exception_in.hpp>
#include <asyncio/detail/inspect/failure_trails.hpp>
#include <asyncio/detail/task/task_base.hpp>
#include <asyncio/detail/task/task_loop.hpp>
#include <asyncio/exception_group.hpp>

#include <cstring>
#include <new>

namespace asyncio::detail {

namespace {

constexpr std::size_t most_stations = 32;  // of a trail; what comes later is not told

void const* address_of(std::exception_ptr const& e) noexcept {
  void const* address = nullptr;  // an exception_ptr of libstdc++ and libc++ is a pointer to the exception
  static_assert(sizeof address == sizeof e);
  std::memcpy(&address, &e, sizeof address);
  return address;
}

std::string text_in(std::exception_ptr const& e) {
  if (exception_in<exception_group>(e) != nullptr) return {};  // the whole tree, to be built
  auto const* const plain = exception_in<std::exception>(e);
  return plain == nullptr ? std::string() : plain->what();
}

}  // namespace

std::size_t failure_trails::trail::find(std::uint64_t task) const noexcept {
  for (std::size_t i = stations.size(); i > 0; --i)
    if (stations[i - 1].task == task) return i - 1;
  return nowhere;
}

std::size_t failure_trails::trail::origin(std::uint64_t task) const noexcept {
  for (std::size_t i = passages.size(); i > 0; --i)
    if (passages[i - 1].to == task) return passages[i - 1].from;
  return passages.size() < most_stations ? nowhere : stations.size() - 1;
}

failure_trails::trail* failure_trails::find(std::exception_ptr const& e) {
  void const* const address = address_of(e);
  for (trail& t : trails_)
    if (t.address == address) return t.text == text_in(e) ? &t : nullptr;
  return nullptr;
}

void failure_trails::ended(std::exception_ptr const& e, std::uint64_t task, std::string_view name,
                           source_location created_at) {
  trail* t = find(e);
  std::size_t const from = t == nullptr ? nowhere : t->origin(task);
  if (from == nowhere) {
    std::erase_if(trails_, [&](trail const& old) { return old.address == address_of(e); });
    if (trails_.size() == most) trails_.erase(trails_.begin());
    t = &trails_.emplace_back(trail{address_of(e), text_in(e), {}, {}});
  }
  if (t->stations.size() < most_stations) t->stations.push_back({task, std::string(name), created_at, from});
}

void failure_trails::thrown_on(std::exception_ptr const& e, std::uint64_t from, std::uint64_t to) {
  trail* const t = find(e);
  if (t == nullptr || t->passages.size() == most_stations) return;
  if (std::size_t const at = t->find(from); at != nowhere) t->passages.push_back({to, at});
}

std::string failure_trails::text(std::exception_ptr const& e, std::string_view between, std::uint64_t task) const {
  trail const* const t = const_cast<failure_trails*>(this)->find(e);
  if (t == nullptr || t->stations.empty()) return {};
  std::size_t at = task == 0 ? nowhere : t->find(task);
  if (at == nowhere) at = t->stations.size() - 1;
  std::vector<station const*> way;
  for (; at != nowhere; at = t->stations[at].from) way.push_back(&t->stations[at]);
  std::string text;
  for (auto s = way.rbegin(); s != way.rend(); ++s) {
    text += text.empty() ? std::string("in task '") : std::string(between) + "awaited by task '";
    text += (*s)->name + "' created at " + (*s)->created_at.file_name() + ':' + std::to_string((*s)->created_at.line());
  }
  return text;
}

void note_failure(task_base const& task) noexcept try {
  task.home()->part<failure_trails>().ended(task.failure(), task.id(), task.name(), task.created_at());
} catch (std::bad_alloc const&) {
  // The exception itself matters more than its trail.
}

void note_passage(task_base const& from, task_base const& to) noexcept try {
  if (auto* const trails = from.home()->find_part<failure_trails>())
    trails->thrown_on(from.failure(), from.id(), to.id());
} catch (std::bad_alloc const&) {
  // As above.
}

std::string way_to(task_loop& l, std::exception_ptr const& e, std::string_view between, std::uint64_t task) {
  auto const* const trails = l.find_part<failure_trails>();
  return trails == nullptr ? std::string() : trails->text(e, between, task);
}

std::string story_of(task_loop& l, std::exception_ptr const& e) {
  return describe(e, [&](std::exception_ptr const& member) {
    bool const whole = member == e;
    std::string const way = way_to(l, member, whole ? "\n  " : ", ", 0);
    if (way.empty()) return way;
    return whole ? "\n  " + way : " (" + way + ')';
  });
}

}  // namespace asyncio::detail
