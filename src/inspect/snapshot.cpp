// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/inspect/snapshot.hpp>
#include <asyncio/detail/inspect/task_times.hpp>
#include <asyncio/detail/inspect/task_tree.hpp>
#include <asyncio/detail/loop/loop_registry.hpp>
#include <asyncio/detail/task/task_loop.hpp>
#include <asyncio/detail/task/task_state.hpp>
#include <asyncio/detail/task/wait_node.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <future>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

namespace asyncio::detail {

namespace {

class edge_collector final : public task_visitor {
 public:
  explicit edge_collector(std::vector<std::uint64_t>& ids) noexcept : ids_(ids) {}
  void awaited(task_base& task) override {
    if (!task.done() && known_.insert(task.id()).second) ids_.push_back(task.id());
  }

 private:
  std::vector<std::uint64_t>& ids_;
  std::unordered_set<std::uint64_t> known_;
};

task_snapshot look_at(task_base& t) {
  task_snapshot s;
  s.id = t.id();
  s.name = t.name();
  s.created_at = t.created_at();
  s.cancelling = t.cancelling();
  s.deadline = effective_deadline(&t);
  if (!t.started()) return s;
  wait_node* const node = t.waiting();
  if (node == nullptr && t.carried_by() != nullptr && t.carried_by()->running()) {
    s.stage = task_stage::running;
  } else if (node != nullptr && !node->waiting()) {
    s.stage = task_stage::ready;
  } else {
    s.stage = task_stage::waiting;
    s.waits_for = t.waits_for();
    edge_collector edges(s.awaits);
    if (node) node->visit_awaited(edges);
  }
  return s;
}

/// A snapshot requested from a loop in another thread.
class snapshot_request {
 public:
  explicit snapshot_request(task_loop& core) : loop_(&core), serial_(core.serial()) {
    if (core.belongs_here()) {
      answer_ = take_snapshot(core);
      return;
    }
    auto promise = std::make_shared<std::promise<loop_snapshot>>();
    future_ = promise->get_future();
    boost::asio::post(core.context().get_executor(), [promise, &core] { promise->set_value(take_snapshot(core)); });
  }

  /// Waits for the snapshot; empty if the loop was destroyed.
  [[nodiscard]] std::optional<loop_snapshot> wait_until(std::chrono::steady_clock::time_point limit) {
    if (answer_) return std::move(answer_);
    if (future_.wait_until(limit) == std::future_status::ready) {
      try {
        return future_.get();
      } catch (std::future_error const&) {
        return std::nullopt;
      }
    }
    loop_registry::get().for_each([this](loop_core& l) {
      if (&l == loop_ && l.serial() == serial_) answer_ = unanswered(*loop_);
    });
    return std::move(answer_);
  }

 private:
  task_loop* loop_;  // may dangle
  std::uint32_t serial_;
  std::optional<loop_snapshot> answer_;
  std::future<loop_snapshot> future_;
};

}  // namespace

loop_snapshot take_snapshot(task_loop& core) {
  loop_snapshot all;
  all.loop = core.serial();
  all.now = core.now();
  core.live().for_each([&](task_base& t) { all.tasks.push_back(look_at(t)); });
  std::unordered_map<std::uint64_t, std::size_t> index;
  task_times const* const times = core.find_part<task_times>();
  for (std::size_t i = 0; i < all.tasks.size(); ++i) index.emplace(all.tasks[i].id, i);
  for (task_snapshot& t : all.tasks) {
    std::erase_if(t.awaits, [&](std::uint64_t id) { return !index.contains(id); });
    for (std::uint64_t const id : t.awaits) all.tasks[index.at(id)].awaited_by.push_back(t.id);
    if (times == nullptr) continue;
    if (auto const known = times->of(t.id)) {
      t.created = known->created;
      t.since = known->last_step;
    }
  }
  for (wait_node* const n : core.foreign()) all.other_coroutines.push_back(n->describe());
  auto const order = [](wait_info const& w) { return std::tuple(w.kind, w.task, w.until, w.object); };
  std::sort(all.other_coroutines.begin(), all.other_coroutines.end(),
            [&](wait_info const& a, wait_info const& b) { return order(a) < order(b); });
  return all;
}

loop_snapshot unanswered(task_loop& core) {
  loop_snapshot s;
  s.loop = core.serial();
  s.answered = false;
  task_times const* const times = core.find_part<task_times>();
  if (times == nullptr) {
    s.reason =
        "it is stuck in a step, or nobody runs it (with ASYNCIO_DUMP_SIGNAL=1 or in debug mode it would be known)";
  } else if (auto const step = times->running()) {
    s.reason = step->name.empty()
                   ? "it is inside a callback or a coroutine that is not a task"
                   : "it is inside a step of task '" + step->name + "' (created at " + place_text(step->where) + ')';
    s.reason += ", which has lasted " + format_duration(step->lasts) + " and holds up everything else";
  } else {
    s.reason = "nobody runs it at present";
  }
  return s;
}

loop_snapshot request_snapshot(task_loop& core, duration limit) {
  snapshot_request r(core);
  auto answer = r.wait_until(std::chrono::steady_clock::now() + limit);
  return answer ? std::move(*answer) : loop_snapshot();
}

std::vector<loop_snapshot> request_all_snapshots(duration limit) {
  std::vector<snapshot_request> requests;
  loop_registry::get().for_each([&](loop_core& l) { requests.emplace_back(static_cast<task_loop&>(l)); });
  auto const end = std::chrono::steady_clock::now() + limit;
  std::vector<loop_snapshot> answers;
  for (snapshot_request& r : requests)
    if (auto answer = r.wait_until(end)) answers.push_back(std::move(*answer));
  return answers;
}

std::string live_tree_of(task_loop& core) {
  std::string text = '\n' + tree_text(take_snapshot(core));
  text.pop_back();
  return text;
}

}  // namespace asyncio::detail
