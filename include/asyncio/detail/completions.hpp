/// @file
/// Tasks in the order of their ends, one for each who asks: under as_completed and task_set.
#pragma once

#include <asyncio/detail/operation.hpp>
#include <asyncio/detail/task_watch.hpp>
#include <asyncio/detail/time_limit.hpp>
#include <asyncio/detail/turn_timer.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>

namespace asyncio::detail {

struct asker_tag {};

/// Whoever waits for the next one gets it, first come first served. Shared by its owner and those who wait.
class completions : public task_watch, private turn_timer::target {
 public:
  class next;

  /// `who` starts the sentences of errors; after `limit` what has not ended is too late.
  explicit completions(char const* who, time_limit const& limit = {}) : who_(who), limit_(limit) {}
  virtual ~completions();

  /// Called when the loop is known: by the owner, else by the first who asks.
  void begin(kernel& home);
  /// Whether `here` is the loop of the tasks. It becomes that when there was none before, or when that is gone and so are
  /// its tasks.
  [[nodiscard]] bool belongs_to(kernel& here);
  /// The loop for one more task, from inside or, once it is known, from outside. Throws value_error in another loop.
  [[nodiscard]] kernel& loop_for_task(char const* who);

  /// One more task, which may have ended already.
  void add(task_ref t);
  /// How many nobody was given yet, whether they have ended or not.
  [[nodiscard]] std::size_t size() const noexcept { return ended_.size() + watched(); }
  [[nodiscard]] std::size_t ended() const noexcept { return ended_.size(); }
  /// One that has ended.
  [[nodiscard]] task_ref take_ended() noexcept;
  void cancel_all(std::string_view message);
  /// Nothing more will come, not even what has ended.
  void forget() noexcept;

 protected:
  /// The tasks to begin with.
  virtual void make_tasks(kernel&) {}
  void task_ended(task_ref t) override;

 private:
  void time_up() override;
  void serve() noexcept;

  char const* who_;
  time_limit limit_;
  kernel* home_ = nullptr;  // may dangle
  std::uint32_t home_serial_ = 0;
  std::deque<task_ref> ended_;  // a null stands for a task that was too late
  list<next, asker_tag> askers_;
  turn_timer timer_{*this};
};

/// What `next()` and `join_next()` have in common for all types of task.
class completions::next : public wait_node, public list_node<asker_tag> {
 public:
  bool cancel_wait() override;
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::gather, 0, {}, from_.get()}; }
  void visit_awaited(task_visitor& v) override {
    from_->for_each_watched([&](task_base& t) { v.awaited(t); });
  }
  /// For completions: this is the one it gets.
  void give(task_ref t) noexcept {
    given_ = std::move(t);
    full_ = true;
  }

 protected:
  explicit next(std::shared_ptr<completions> from) noexcept : from_(std::move(from)) {}
  next(next&& other) noexcept : wait_node(std::move(other)), from_(std::move(other.from_)) {}
  ~next() = default;

  /// The task that was given, or none at the end. Throws timeout_error for one that was too late.
  [[nodiscard]] task_ref take();

 private:
  bool arm() override;
  void disarm() noexcept override;

  std::shared_ptr<completions> from_;
  task_ref given_;
  bool full_ = false;
};

template <class Handle>
class next_operation final : public completions::next, public operation<next_operation<Handle>, std::optional<Handle>> {
 public:
  explicit next_operation(std::shared_ptr<completions> from) noexcept : next(std::move(from)) {}
  next_operation(next_operation&&) noexcept = default;

  std::optional<Handle> finish() {
    task_ref t = take();
    if (t.get() == nullptr) return std::nullopt;
    return Handle(std::move(t));
  }
};

}  // namespace asyncio::detail
