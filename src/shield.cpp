#include <asyncio/shield.hpp>

#include <memory>

namespace asyncio::detail {

namespace {

/// Stands among the waiters of a task whose shield was cancelled, so that its failure does not go unnoticed.
class failure_watch final : public ready_node {
 public:
  explicit failure_watch(task_ref target) noexcept : target_(std::move(target)) {}
  void run() override {
    std::unique_ptr<failure_watch> const self(this);
    task_base& t = *target_.get();
    if (!t.failed()) return;
    exception_context what;
    what.message = "Exception in a shielded task";
    what.exception = t.take_notice();
    what.task = t.id();
    what.task_name = t.name();
    what.created_at = t.created_at();
    t.home()->owner().call_exception_handler(what);
  }
  void abandon() noexcept override { delete this; }

 private:
  task_ref target_;
};

bool is_watched(task_base& t) {
  bool found = false;
  t.waiters().for_each([&](ready_node& node) { found = found || dynamic_cast<failure_watch*>(&node) != nullptr; });
  return found;
}

}  // namespace

bool shield_cancel(task_ref const& target, shield_relay& relay, wait_node& waiter) {
  task_base& t = *target.get();
  if (!waiter.waiting()) return false;
  if (!t.done() && !is_watched(t)) t.waiters().push_back(*new failure_watch(target));
  relay.unlink();
  waiter.complete_cancelled();
  return true;
}

}  // namespace asyncio::detail
