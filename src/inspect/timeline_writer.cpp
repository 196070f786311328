// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/inspect/json_text.hpp>
#include <asyncio/detail/inspect/task_tree.hpp>
#include <asyncio/detail/inspect/timeline_writer.hpp>
#include <asyncio/detail/task/task_loop.hpp>
#include <asyncio/error.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace asyncio::detail {

namespace {

/// The limit of the recording: 64 MiB, a page that browsers can still open.
constexpr std::size_t most_changes = 4'000'000;
constexpr std::string_view place_of_data = "@DATA@";

std::unique_ptr<std::FILE, int (*)(std::FILE*)> open_for_writing(std::string const& path) {
  return {std::fopen(path.c_str(), "wb"), &std::fclose};
}

}  // namespace

timeline_writer::timeline_writer(task_loop& core, std::string const& path)
    : loop_(core), path_(report_path(path)), begin_(core.now()), virtual_time_(core.time_source().is_virtual()) {
  if (!open_for_writing(path_))  // fails now instead of after hours
    throw value_error("asyncio: the timeline file '" + path_ + "' cannot be written: " + std::strerror(errno));
  labels_.emplace_back(to_string(wait_kind::raw_operation));
}

timeline_writer::~timeline_writer() { finish(); }

duration timeline_writer::now() { return last_ = std::max(last_, loop_.now() - begin_); }

timeline_writer::record* timeline_writer::find(std::uint64_t task) {
  if (finished_ || task == 0) return nullptr;
  auto const found = index_.find(task);
  return found == index_.end() ? nullptr : &tasks_[found->second];
}

std::uint32_t timeline_writer::label(std::string text) {
  auto const [place, fresh] = label_numbers_.try_emplace(text, static_cast<std::uint32_t>(labels_.size()));
  if (fresh) labels_.push_back(std::move(text));
  return place->second;
}

void timeline_writer::change_to(record& r, duration at, std::uint32_t state) {
  if (truncated_) return;
  // States of zero duration are dropped, except running.
  if (!r.changes.empty() && r.changes.back().at == at && r.changes.back().to != running) r.changes.pop_back();
  if (!r.changes.empty() && r.changes.back().to == state) return;
  r.changes.push_back({at, state});
  truncated_ = ++recorded_ == most_changes;
}

void timeline_writer::task_created(std::uint64_t task, std::uint64_t creator, source_location where) {
  if (finished_ || truncated_) return;
  duration const at = now();
  index_[task] = tasks_.size();
  record& r = tasks_.emplace_back(record{
      task, index_.contains(creator) ? creator : 0, "Task-" + std::to_string(task), where, at, {}, "", {}, 0, 0});
  change_to(r, at, ready);
}

void timeline_writer::task_named(std::uint64_t task, std::string_view name) {
  if (record* const r = find(task)) r->name = name;
}

void timeline_writer::step_begin(std::uint64_t task) {
  steps_.push_back(task);
  record* const r = find(task);
  if (r == nullptr) return;
  r->waits_for = 0;
  change_to(*r, now(), running);
}

void timeline_writer::step_end(std::uint64_t task) {
  if (!steps_.empty()) steps_.pop_back();
  record* const r = find(task);
  if (r == nullptr || *r->end != '\0') return;
  if (r->changes.empty() || r->changes.back().to != ready) change_to(*r, now(), first_label + r->waits_for);
}

void timeline_writer::blocked(std::uint64_t task, wait_info const& what) {
  record* const r = find(task);
  if (r == nullptr) return;
  std::string text(to_string(what.kind));
  if (what.kind == wait_kind::join) {
    if (record const* const other = find(what.task)) text += " '" + other->name + '\'';
  } else if (what.object != nullptr && what.kind != wait_kind::gather && what.kind != wait_kind::task_group) {
    text += " #" + std::to_string(objects_.try_emplace(what.object, objects_.size() + 1).first->second);
    if (record const* const holder = find(what.task)) text += " held by '" + holder->name + '\'';
  }
  r->waits_for = label(std::move(text));
}

void timeline_writer::woken(std::uint64_t task) {
  record* const r = find(task);
  if (r == nullptr) return;
  duration const at = now();
  std::uint64_t const waker = steps_.empty() ? 0 : steps_.back();
  if (waker != task && find(waker) != nullptr) {
    wakes_.push_back({at, waker, at, task});
  } else if (waker == 0 && r->last_child != 0 && tasks_[r->last_child - 1].to >= r->changes.back().at) {
    record const& child = tasks_[r->last_child - 1];
    wakes_.push_back({child.to, child.id, at, task});
  }
  change_to(*r, at, ready);
}

void timeline_writer::cancel_requested(std::uint64_t task) {
  if (find(task) == nullptr) return;
  cancels_.push_back({now(), steps_.empty() || find(steps_.back()) == nullptr ? 0 : steps_.back(), task});
}

void timeline_writer::timed_out(std::uint64_t task) {
  if (find(task) != nullptr) timeouts_.push_back({now(), 0, task});
}

void timeline_writer::task_finished(std::uint64_t task, bool cancelled, bool failed) {
  record* const r = find(task);
  if (r == nullptr) return;
  r->to = now();
  r->end = failed ? "failed" : cancelled ? "cancelled" : "finished";
  if (record* const parent = find(r->parent)) parent->last_child = index_.at(task) + 1;
}

std::string timeline_writer::data() const {
  std::string d = "{\"end\":";
  append_json(d, std::int64_t(last_.count()));
  d += ",\"virtual\":";
  d += virtual_time_ ? "true" : "false";
  d += ",\"truncated\":";
  d += truncated_ ? "true" : "false";
  d += ",\n\"labels\":[";
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    if (i > 0) d += ',';
    append_json(d, labels_[i]);
  }
  d += "],\n\"tasks\":[";
  for (record const& r : tasks_) {
    d += &r == &tasks_.front() ? "\n{\"id\":" : ",\n{\"id\":";
    append_json(d, r.id);
    d += ",\"parent\":";
    append_json(d, r.parent);
    d += ",\"name\":";
    append_json(d, r.name);
    d += ",\"at\":";
    append_json(d, place_text(r.where));
    d += ",\"from\":";
    append_json(d, std::int64_t(r.from.count()));
    d += ",\"to\":";
    append_json(d, std::int64_t(*r.end != '\0' ? r.to.count() : last_.count()));
    d += ",\"end\":";
    append_json(d, r.end);
    d += ",\"s\":[";
    for (change const& c : r.changes) {
      if (&c != &r.changes.front()) d += ',';
      append_json(d, std::int64_t(c.at.count()));
      d += ',';
      append_json(d, std::uint64_t(c.to));
    }
    d += "]}";
  }
  auto const list = [&d](char const* name, auto const& items, auto&& append) {
    d += "],\n\"";
    d += name;
    d += "\":[";
    for (auto const& item : items) {
      d += &item == &items.front() ? "[" : ",[";
      append_json(d, std::int64_t(item.at.count()));
      append(item);
      d += ']';
    }
  };
  auto const more = [&d](auto number) {
    d += ',';
    append_json(d, number);
  };
  list("wakes", wakes_, [&](wake const& w) {
    more(w.by);
    more(std::int64_t(w.then.count()));
    more(w.task);
  });
  list("cancels", cancels_, [&](cancel const& c) {
    more(c.by);
    more(c.task);
  });
  list("timeouts", timeouts_, [&](cancel const& c) { more(c.task); });
  return d + "]}\n";
}

void timeline_writer::write() const {
  auto const file = open_for_writing(path_);
  if (!file) return;
  auto const put = [&](std::string_view text) { std::fwrite(text.data(), 1, text.size(), file.get()); };
  auto const split = timeline_page.find(place_of_data);
  put(timeline_page.substr(0, split));
  put(data());
  put(timeline_page.substr(split + place_of_data.size()));
}

void timeline_writer::finish() noexcept {
  if (std::exchange(finished_, true)) return;
  try {
    write();
  } catch (...) {
    // Out of memory: the page stays empty.
  }
}

}  // namespace asyncio::detail
