// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/inspect/json_text.hpp>
#include <asyncio/detail/inspect/task_tree.hpp>
#include <asyncio/detail/inspect/trace_writer.hpp>
#include <asyncio/detail/task/task_loop.hpp>
#include <asyncio/error.hpp>
#include <asyncio/loop.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace asyncio::detail {

namespace {

constexpr std::string_view head = "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n";
constexpr std::string_view tail = "\n]}\n";
/// The buffer is written when it has this size, and whenever the loop waits.
constexpr std::size_t enough = 64 * 1024;

}  // namespace

// -- the file --------------------------------------------------------------------------------------------------------

growing_json::growing_json(std::string path) : path_(std::move(path)) {
  file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file_ < 0)
    throw value_error("asyncio: the trace file '" + path_ + "' cannot be written: " + std::strerror(errno));
  buffer_ = head;
}

growing_json::~growing_json() {
  flush();
  if (file_ >= 0) ::close(file_);
}

std::string& growing_json::next() {
  if (!first_) buffer_ += ",\n";
  first_ = false;
  return buffer_;
}

bool growing_json::flush() noexcept {
  if (file_ < 0) {
    buffer_.clear();
    return false;
  }
  if (buffer_.empty()) return true;
  // Writes the elements and the end of the document at once; the next write overwrites that end.
  std::size_t const elements = buffer_.size();
  buffer_ += tail;
  for (std::size_t written = 0; written < buffer_.size();) {
    auto const n =
        ::pwrite(file_, buffer_.data() + written, buffer_.size() - written, static_cast<off_t>(offset_ + written));
    if (n <= 0) {
      if (n < 0 && errno == EINTR) continue;
      // The disk is full: keeps the existing file valid.
      if (::ftruncate(file_, static_cast<off_t>(offset_)) == 0) {
        [[maybe_unused]] auto const closed = ::pwrite(file_, tail.data(), tail.size(), static_cast<off_t>(offset_));
      }
      ::close(file_);
      file_ = -1;
      buffer_.clear();
      return false;
    }
    written += static_cast<std::size_t>(n);
  }
  offset_ += elements;
  buffer_.clear();
  return true;
}

// -- events ----------------------------------------------------------------------------------------------------------

trace_writer::trace_writer(task_loop& core, std::string const& path)
    : loop_(core), out_(report_path(path)), begin_(core.now()) {
  out_.next() += R"({"ph":"M","pid":1,"tid":0,"name":"process_name","args":{"name":"asyncio"}})";
  thread_name(0, "loop");
  out_.flush();
}

trace_writer::~trace_writer() { finish(); }

duration trace_writer::now() { return last_ = std::max(last_, loop_.now() - begin_); }

std::string& trace_writer::event(char type, std::uint64_t thread, duration at, std::string_view name) {
  std::string& e = out_.next();
  e += "{\"ph\":\"";
  e += type;
  e += "\",\"pid\":1,\"tid\":";
  append_json(e, thread);
  e += ",\"ts\":";
  append_microseconds(e, at);
  e += ",\"name\":";
  append_json(e, name);
  return e;
}

void trace_writer::thread_name(std::uint64_t thread, std::string_view name) {
  std::string& e = out_.next();
  e += R"({"ph":"M","pid":1,"tid":)";
  append_json(e, thread);
  e += R"(,"name":"thread_name","args":{"name":)";
  append_json(e, name);
  e += "}}";
}

void trace_writer::slice(std::uint64_t thread, duration from, duration to, std::string_view name,
                         std::string_view category) {
  std::string& e = event('X', thread, from, name);
  e += ",\"cat\":";
  append_json(e, category);
  e += ",\"dur\":";
  append_microseconds(e, to - from);
  e += '}';
}

void trace_writer::mark(std::uint64_t task, std::string_view name) {
  auto const found = tasks_.find(task);
  if (found == tasks_.end()) return;
  announce(task, found->second);
  event('i', task, now(), name) += R"(,"s":"t"})";
}

void trace_writer::announce(std::uint64_t task, state& s) {
  if (s.announced) return;
  s.announced = true;
  if (s.name.empty()) s.name = "Task-" + std::to_string(task);
  thread_name(task, s.name);
  std::string& e = event('B', task, s.created, s.name);
  e += R"(,"cat":"task","args":{"id":)";
  append_json(e, task);
  e += ",\"created at\":";
  append_json(e, place_text(s.where));
  e += "}}";
}

void trace_writer::begin_arrow(state& to, std::uint64_t from, duration at, char const* name) {
  to.arrow = ++arrows_;
  to.arrow_name = name;
  std::string& e = event('s', from, at, name);
  e += R"(,"cat":"arrow","id":)";
  append_json(e, to.arrow);
  e += '}';
}

void trace_writer::end_arrow(std::uint64_t task, state& s, duration at) {
  if (s.arrow == 0) return;
  std::string& e = event('f', task, at, s.arrow_name);
  e += R"(,"cat":"arrow","bp":"e","id":)";
  append_json(e, s.arrow);
  e += '}';
  s.arrow = 0;
}

void trace_writer::end_life(std::uint64_t task, state& s, duration at) {
  announce(task, s);
  end_arrow(task, s, at);
  std::string& e = event('E', task, at, s.name);
  e += R"(,"args":{"outcome":")";
  e += s.outcome;
  e += "\"}}";
}

void trace_writer::count_ready(int change) {
  ready_ += change;
  std::string& e = event('C', 0, last_, "ready tasks");
  e += R"(,"args":{"ready":)";
  append_json(e, ready_);
  e += "}}";
}

void trace_writer::flush() {
  if (out_.flush() || std::exchange(lost_, true)) return;
  loop_.owner().warn("the trace file cannot be written any more; what is in it so far stays valid");
}

void trace_writer::finish() noexcept {
  if (finished_) return;
  finished_ = true;
  try {
    std::vector<std::uint64_t> alive;
    for (auto const& [task, s] : tasks_) alive.push_back(task);
    std::sort(alive.begin(), alive.end());
    for (std::uint64_t const task : alive) {
      state& s = tasks_.at(task);
      s.outcome = "has not ended";
      end_life(task, s, last_);
    }
  } catch (...) {
    // Out of memory at the very end: these slices stay open.
  }
  out_.flush();
}

// -- hooks -----------------------------------------------------------------------------------------------------------

void trace_writer::idle_begin() {
  if (finished_) return;
  idle_ = true;
  idle_since_ = now();
  flush();
}

void trace_writer::idle_end() {
  if (finished_ || !std::exchange(idle_, false)) return;
  slice(0, idle_since_, now(), "idle", "loop");
}

void trace_writer::task_created(std::uint64_t task, std::uint64_t creator, source_location where) {
  if (finished_) return;
  state& s = tasks_[task];
  s.where = where;
  s.created = s.since = now();
  s.creator = creator;
  if (creator != 0 && tasks_.contains(creator)) begin_arrow(s, creator, s.created, "spawn");
  count_ready(1);
  if (out_.buffered() >= enough) flush();
}

void trace_writer::task_named(std::uint64_t task, std::string_view name) {
  auto const found = tasks_.find(task);
  if (finished_ || found == tasks_.end()) return;
  found->second.name = name;
  if (found->second.announced) thread_name(task, name);
}

void trace_writer::step_begin(std::uint64_t task) {
  if (finished_) return;
  duration const at = now();
  steps_.push_back({task, at});
  auto const found = tasks_.find(task);
  if (found == tasks_.end()) return;
  state& s = found->second;
  announce(task, s);
  switch (s.now) {
    case phase::waiting: slice(task, s.since, at, to_string(s.wait), "wait"); break;
    case phase::ready:
      count_ready(-1);
      if (at > s.since) slice(task, s.since, at, "ready", "ready");
      break;
    case phase::running: break;
  }
  s.now = phase::running;
  s.wait = wait_kind::raw_operation;  // unless blocked() says otherwise
  end_arrow(task, s, at);
}

void trace_writer::step_end(std::uint64_t task) {
  if (finished_ || steps_.empty()) return;
  step const ended = steps_.back();
  steps_.pop_back();
  duration const at = now();
  slice(ended.task, ended.begin, at, ended.task == 0 ? "callback" : "run", "step");
  auto const found = tasks_.find(task);
  if (found != tasks_.end()) {
    state& s = found->second;
    if (s.ended) {
      end_life(task, s, at);
      tasks_.erase(found);
    } else {
      if (s.now == phase::running) s.now = phase::waiting;
      s.since = at;
    }
  }
  if (out_.buffered() >= enough) flush();
}

void trace_writer::blocked(std::uint64_t task, wait_info const& what) {
  auto const found = tasks_.find(task);
  if (finished_ || found == tasks_.end()) return;
  found->second.wait = what.kind;
}

void trace_writer::woken(std::uint64_t task) {
  auto const found = tasks_.find(task);
  if (finished_ || found == tasks_.end()) return;
  state& s = found->second;
  if (s.now == phase::ready) return;
  duration const at = now();
  if (s.now == phase::waiting) {
    announce(task, s);
    slice(task, s.since, at, to_string(s.wait), "wait");
  }
  std::uint64_t const waker = steps_.empty() ? 0 : steps_.back().task;
  bool const for_children = s.wait == wait_kind::gather || s.wait == wait_kind::task_group;
  if (waker != 0 && waker != task && tasks_.contains(waker)) {
    begin_arrow(s, waker, at, "wake");
  } else if (waker == 0 && for_children && s.last_child != 0) {
    begin_arrow(s, s.last_child, s.last_child_end, "wake");
  }
  s.now = phase::ready;
  s.since = at;
  count_ready(1);
}

void trace_writer::cancel_requested(std::uint64_t task) {
  if (!finished_) mark(task, "cancel requested");
}

void trace_writer::timed_out(std::uint64_t task) {
  if (!finished_) mark(task, "timeout");
}

void trace_writer::task_finished(std::uint64_t task, bool cancelled, bool failed) {
  auto const found = tasks_.find(task);
  if (finished_ || found == tasks_.end()) return;
  state& s = found->second;
  if (failed) mark(task, "error");
  if (cancelled) mark(task, "cancelled");
  s.outcome = failed ? "failed" : cancelled ? "cancelled" : "finished";
  s.ended = true;
  duration const at = now();
  if (auto const parent = tasks_.find(s.creator); parent != tasks_.end()) {
    parent->second.last_child = task;
    parent->second.last_child_end = at;
  }
  bool const in_its_step = std::any_of(steps_.begin(), steps_.end(), [&](step const& st) { return st.task == task; });
  if (in_its_step) return;  // it ends with the step
  if (s.now == phase::ready) count_ready(-1);
  end_life(task, s, at);
  tasks_.erase(found);
}

}  // namespace asyncio::detail
