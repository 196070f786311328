// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/inspect/task_tree.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace asyncio {

std::string_view to_string(task_stage s) noexcept {
  switch (s) {
    case task_stage::created: return "created";
    case task_stage::ready: return "ready";
    case task_stage::running: return "running";
    case task_stage::waiting: return "waiting";
  }
  return "?";
}

task_snapshot const* loop_snapshot::find(std::uint64_t id) const noexcept {
  auto const found = std::find_if(tasks.begin(), tasks.end(), [id](task_snapshot const& t) { return t.id == id; });
  return found == tasks.end() ? nullptr : &*found;
}

namespace detail {

namespace {

/// A chain of tasks deeper than this is cut, and continued as a separate tree.
constexpr std::size_t deepest = 60;

/// A snapshot with the data needed to print it.
class printer {
 public:
  explicit printer(loop_snapshot const& s) : all_(s) {
    for (std::size_t i = 0; i < s.tasks.size(); ++i) index_.emplace(s.tasks[i].id, i);
    for (task_snapshot const& t : s.tasks) number(t.waits_for);
    for (wait_info const& w : s.other_coroutines) number(w);
  }

  [[nodiscard]] task_snapshot const* find(std::uint64_t id) const {
    auto const found = index_.find(id);
    return found == index_.end() ? nullptr : &all_.tasks[found->second];
  }

  [[nodiscard]] std::string name_of(std::uint64_t id) const {
    task_snapshot const* const t = find(id);
    return t ? '\'' + t->name + '\'' : "Unknown";
  }

  [[nodiscard]] std::string wait_text(wait_info const& w, std::size_t awaited) const {
    std::string text(to_string(w.kind));
    switch (w.kind) {
      case wait_kind::sleep:
        if (w.until > all_.now) text += ", " + format_duration(w.until - all_.now) + " left";
        break;
      case wait_kind::join: text += ' ' + std::to_string(w.task); break;
      case wait_kind::gather:
      case wait_kind::task_group:
        if (awaited > 0) text += " of " + std::to_string(awaited) + (awaited == 1 ? " task" : " tasks");
        break;
      default:
        if (auto const found = objects_.find(w.object); found != objects_.end())
          text += " #" + std::to_string(found->second);
        if (w.kind == wait_kind::lock && w.task != 0) text += ", held by task " + name_of(w.task);
    }
    return text;
  }

  [[nodiscard]] std::string since_text(task_snapshot const& t) const {
    return t.stage == task_stage::waiting && t.since ? "for " + format_duration(all_.now - *t.since) : std::string();
  }

  /// The tree's line for a task, without the newline.
  [[nodiscard]] std::string line(task_snapshot const& t) const {
    std::string text = "task '" + t.name + '\'';
    switch (t.stage) {
      case task_stage::created: text += " has not begun"; break;
      case task_stage::ready: text += " is ready to run"; break;
      case task_stage::running: text += " is running"; break;
      case task_stage::waiting: text += " waits for " + wait_text(t.waits_for, t.awaits.size()); break;
    }
    text += " (";
    if (std::string const since = since_text(t); !since.empty()) text += since + ", ";
    if (t.deadline != time_point::max()) {
      text +=
          t.deadline > all_.now ? "timeout in " + format_duration(t.deadline - all_.now) + ", " : "timeout expired, ";
    }
    if (t.cancelling > 0) text += "cancel requested, ";
    return text + "created at " + place_text(t.created_at) + ')';
  }

 private:
  void number(wait_info const& w) {
    if (w.object == nullptr || w.kind == wait_kind::gather || w.kind == wait_kind::task_group) return;
    objects_.emplace(w.object, objects_.size() + 1);
  }

  loop_snapshot const& all_;
  std::unordered_map<std::uint64_t, std::size_t> index_;
  std::map<void const*, std::size_t> objects_;  // numbered in order of first use
};

std::string cycle_line(printer const& print, std::vector<std::uint64_t> const& cycle) {
  std::string text;
  for (std::uint64_t const id : cycle) text += print.name_of(id) + " → ";
  return text + print.name_of(cycle.front());
}

/// Prints tasks below those that wait for them.
class tree_printer {
 public:
  explicit tree_printer(loop_snapshot const& s) : all_(s), print_(s) {}

  [[nodiscard]] std::string print() {
    std::vector<task_snapshot const*> roots;
    for (task_snapshot const& t : all_.tasks)
      if (t.awaited_by.empty()) roots.push_back(&t);
    std::vector<std::string> lines;
    for (task_snapshot const* const t : roots) tree_of(*t);
    for (task_snapshot const& t : all_.tasks)  // cycles without an entry, and cut chains
      if (!shown_.contains(t.id)) tree_of(t);
    for (wait_info const& w : all_.other_coroutines)
      top_.push_back({{}, "a coroutine that is not a task waits for " + print_.wait_text(w, 0)});
    for (auto const& cycle : find_cycles(all_))
      top_.push_back({{}, "they wait for one another: " + cycle_line(print_, cycle)});
    if (top_.empty()) return "└── no tasks\n";
    std::string text;
    for (std::size_t i = 0; i < top_.size(); ++i) {
      bool const last = i + 1 == top_.size();
      text += (last ? "└── " : "├── ") + top_[i].line + '\n';
      for (std::string const& below : top_[i].below) text += (last ? "    " : "│   ") + below + '\n';
    }
    return text;
  }

 private:
  struct root {
    std::vector<std::string> below;
    std::string line;
  };
  struct level {
    task_snapshot const* task;
    std::size_t next = 0;  // index into its awaits
    std::string indent = {};
  };

  void tree_of(task_snapshot const& t) {
    root r;
    r.line = print_.line(t);
    shown_.insert(t.id);
    std::vector<level> stack{{&t}};
    while (!stack.empty()) {
      level& here = stack.back();
      if (here.next == here.task->awaits.size()) {
        stack.pop_back();
        continue;
      }
      task_snapshot const* const child = print_.find(here.task->awaits[here.next]);
      bool const last = ++here.next == here.task->awaits.size();
      if (child == nullptr) continue;
      bool const again = shown_.contains(child->id);
      bool const deep = !again && stack.size() == deepest;
      r.below.push_back(
          here.indent + (last ? "└── " : "├── ") +
          (again || deep ? "task '" + child->name + (again ? "', see above" : "', see below") : print_.line(*child)));
      if (again || deep) continue;
      shown_.insert(child->id);
      std::string indent = here.indent + (last ? "    " : "│   ");
      stack.push_back({child, 0, std::move(indent)});
    }
    top_.push_back(std::move(r));
  }

  loop_snapshot const& all_;
  printer print_;
  std::unordered_set<std::uint64_t> shown_;
  std::vector<root> top_;
};

/// The number of columns of a text: UTF-8 continuation bytes do not count.
std::size_t width(std::string_view text) noexcept {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

std::string format_duration(duration d) {
  using std::chrono::duration_cast;
  auto const ms = duration_cast<std::chrono::milliseconds>(d).count();
  char text[64];
  if (ms < 1000) {
    std::snprintf(text, sizeof text, "%lld ms", static_cast<long long>(ms));
  } else if (ms < 60'000) {
    std::snprintf(text, sizeof text, "%lld.%lld s", static_cast<long long>(ms / 1000),
                  static_cast<long long>(ms % 1000 / 100));
  } else if (ms < 3'600'000) {
    std::snprintf(text, sizeof text, "%lld min %lld s", static_cast<long long>(ms / 60'000),
                  static_cast<long long>(ms / 1000 % 60));
  } else {
    std::snprintf(text, sizeof text, "%lld h %lld min", static_cast<long long>(ms / 3'600'000),
                  static_cast<long long>(ms / 60'000 % 60));
  }
  return text;
}

std::string place_text(source_location where) {
  std::string_view file = where.file_name();
  if (auto const slash = file.find_last_of("/\\"); slash != file.npos) file.remove_prefix(slash + 1);
  return std::string(file) + ':' + std::to_string(where.line());
}

std::vector<std::vector<std::uint64_t>> find_cycles(loop_snapshot const& s) {
  std::unordered_map<std::uint64_t, task_snapshot const*> tasks;
  for (task_snapshot const& t : s.tasks) tasks.emplace(t.id, &t);
  auto const targets_of = [&](task_snapshot const& t) {
    std::vector<std::uint64_t> targets = t.awaits;
    if (t.waits_for.kind == wait_kind::lock && tasks.contains(t.waits_for.task)) targets.push_back(t.waits_for.task);
    return targets;
  };
  struct level {
    std::uint64_t id;
    std::vector<std::uint64_t> targets;
    std::size_t next = 0;
  };
  std::vector<std::vector<std::uint64_t>> cycles;
  std::unordered_map<std::uint64_t, bool> on_path;  // present: visited
  for (task_snapshot const& first : s.tasks) {
    if (on_path.contains(first.id)) continue;
    std::vector<level> path{{first.id, targets_of(first)}};
    on_path[first.id] = true;
    while (!path.empty()) {
      level& here = path.back();
      if (here.next == here.targets.size()) {
        on_path[here.id] = false;
        path.pop_back();
        continue;
      }
      std::uint64_t const target = here.targets[here.next++];
      auto const task = tasks.find(target);
      if (task == tasks.end()) continue;
      if (auto const seen = on_path.find(target); seen == on_path.end()) {
        on_path[target] = true;
        path.push_back({target, targets_of(*task->second)});
      } else if (seen->second) {
        std::vector<std::uint64_t> cycle;
        for (std::size_t i = path.size(); i-- > 0;) {
          cycle.push_back(path[i].id);
          if (path[i].id == target) break;
        }
        std::reverse(cycle.begin(), cycle.end());
        std::rotate(cycle.begin(), std::min_element(cycle.begin(), cycle.end()), cycle.end());
        cycles.push_back(std::move(cycle));
      }
    }
  }
  std::sort(cycles.begin(), cycles.end());
  cycles.erase(std::unique(cycles.begin(), cycles.end()), cycles.end());
  return cycles;
}

std::string cycle_text(loop_snapshot const& s, std::vector<std::uint64_t> const& cycle) {
  return cycle_line(printer(s), cycle);
}

std::string tree_text(loop_snapshot const& s) {
  if (!s.answered) return "└── the loop does not answer: " + s.reason + '\n';
  return tree_printer(s).print();
}

std::string table_text(loop_snapshot const& s) {
  if (!s.answered) return "the loop does not answer: " + s.reason + '\n';
  constexpr std::size_t columns = 7;
  using row = std::array<std::string, columns>;
  printer const print(s);
  std::vector<row> rows{{"id", "name", "state", "waits for", "awaited by", "created at", "age"}};
  for (task_snapshot const& t : s.tasks) {
    row r;
    r[0] = std::to_string(t.id);
    r[1] = t.name;
    r[2] = std::string(to_string(t.stage)) + (t.cancelling > 0 ? ", cancelling" : "");
    if (t.stage == task_stage::waiting) {
      r[3] = print.wait_text(t.waits_for, t.awaits.size());
      if (std::string const since = print.since_text(t); !since.empty()) r[3] += ", " + since;
    }
    for (std::uint64_t const id : t.awaited_by) r[4] += (r[4].empty() ? "" : ", ") + print.name_of(id);
    r[5] = place_text(t.created_at);
    r[6] = t.created ? format_duration(s.now - *t.created) : "-";
    rows.push_back(std::move(r));
  }
  std::array<std::size_t, columns> widths{};
  for (row const& r : rows)
    for (std::size_t c = 0; c < columns; ++c) widths[c] = std::max(widths[c], width(r[c]));
  std::string text;
  for (row const& r : rows) {
    std::string line;
    for (std::size_t c = 0; c < columns; ++c) {
      line += r[c];
      if (c + 1 < columns) line.append(widths[c] - width(r[c]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

}  // namespace detail
}  // namespace asyncio
