#include <asyncio/detail/gather_tasks.hpp>

#include <string>
#include <unordered_set>

namespace asyncio::detail {

struct gather_tasks::shared {
  kernel& home;
  bool return_exceptions;
  std::vector<task_ref> tasks;  // each once
  std::unordered_set<task_base const*> known;
  std::size_t unfinished = 0;
  bool done = false;
  bool cancel_requested = false;
  std::exception_ptr failure;
  bool task_cancelled = false;
  std::string cancel_message;
  wait_operation* waiter = nullptr;

  void finish() noexcept {
    done = true;
    if (waiter) waiter->complete();
  }

  void task_ended(task_base& t) noexcept {
    --unfinished;
    if (t.failed()) t.mark_retrieved();
    if (done) return;
    if (!return_exceptions && (t.failed() || t.cancelled())) {
      failure = t.failure();
      task_cancelled = t.cancelled();
      cancel_message = t.cancel_message();
      finish();
    } else if (unfinished == 0) {
      finish();
    }
  }
};

/// Stands among the waiters of one task.
class gather_tasks::listener final : public ready_node {
 public:
  listener(std::shared_ptr<shared> state, task_ref t) noexcept : shared_(std::move(state)), task_(std::move(t)) {}
  void run() override {
    std::unique_ptr<listener> const self(this);
    shared_->task_ended(*task_.get());
  }
  void abandon() noexcept override { delete this; }

 private:
  std::shared_ptr<shared> shared_;
  task_ref task_;
};

gather_tasks::gather_tasks(kernel& home, bool return_exceptions)
    : shared_(std::make_shared<shared>(shared{home, return_exceptions, {}, {}, 0, false, false, nullptr, false, {}, nullptr})) {}

gather_tasks::~gather_tasks() = default;

void gather_tasks::add(any_task const& t) {
  task_base& state = t.state("asyncio::gather");
  if (!shared_->known.insert(&state).second) return;
  if (!state.done() && state.home() != &shared_->home)
    throw value_error("asyncio::gather: task '" + std::string(state.name()) + "' belongs to another loop");
  shared_->tasks.push_back(t.ref());
}

gather_tasks::wait_operation gather_tasks::wait() noexcept { return wait_operation(shared_); }

bool gather_tasks::wait_operation::arm() {
  // As in asyncio, tasks that have ended already report first, at once; the others when they end.
  shared_->unfinished = shared_->tasks.size();
  for (task_ref const& t : shared_->tasks)
    if (t.get()->done()) shared_->task_ended(*t.get());
  for (task_ref const& t : shared_->tasks) {
    if (t.get()->done()) continue;
    t.get()->waiters().push_back(*new listener(shared_, t));
  }
  if (shared_->done || shared_->tasks.empty()) return true;
  shared_->waiter = this;
  return false;
}

void gather_tasks::wait_operation::disarm() noexcept { shared_->waiter = nullptr; }

bool gather_tasks::wait_operation::cancel_wait() {
  if (!waiting()) return false;
  bool any = false;
  std::string_view const message = waiter() ? waiter()->cancel_message() : std::string_view();
  for (task_ref const& t : shared_->tasks) any = t.get()->cancel(message) || any;
  if (any) shared_->cancel_requested = true;
  return any;
}

void gather_tasks::wait_operation::finish() {
  shared_->waiter = nullptr;
  check_outcome();
  if (shared_->task_cancelled) throw_cancelled(shared_->cancel_message);
  if (shared_->failure) std::rethrow_exception(shared_->failure);
  if (shared_->cancel_requested) throw_cancelled(waiter() ? waiter()->cancel_message() : std::string_view());
}

}  // namespace asyncio::detail
