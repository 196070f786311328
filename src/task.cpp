#include <asyncio/task.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace asyncio {
namespace detail {
namespace {

/// `add_done_callback`: stands among the waiters of a task, then in the ready queue.
class done_callback final : public ready_node {
 public:
  done_callback(kernel& home, std::uint64_t number, task_ref task, std::function<void(any_task)> fn)
      : home_(home), number_(number), task_(std::move(task)), fn_(std::move(fn)), context_(copy_context_slot(current_context_slot())) {}

  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

  void run() override {
    std::unique_ptr<done_callback> const self(this);
    context_slot* const before = exchange_context_slot(&context_);
    try {
      fn_(any_task(task_));
    } catch (keyboard_interrupt const&) {
      home_.escape(std::current_exception());
    } catch (...) {
      report(&home_, "Exception in done callback", std::current_exception(), task_.get());
    }
    exchange_context_slot(before);
  }
  void abandon() noexcept override { delete this; }

 private:
  kernel& home_;
  std::uint64_t number_;
  task_ref task_;
  std::function<void(any_task)> fn_;
  context_slot context_;
};

std::uint64_t next_callback_number() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

task_base& checked(task_ref const& ref, char const* who) {
  if (ref.get() == nullptr)
    throw invalid_state(std::string(who) + ": this handle names no task (it was default-constructed or moved from)");
  return *ref.get();
}

void throw_empty_awaitable(char const* who) {
  throw invalid_state(std::string(who) +
                      ": the awaitable is empty: it was moved from or awaited before; call the coroutine function again");
}

void configure_and_launch(task_base& t, task_options& options) {
  if (!options.name_value().empty()) t.set_name(std::move(options.name_value()));
  t.context() = options.context_value();
  t.launch(options.eager() ? task_base::start_mode::eager : task_base::start_mode::queued);
}

}  // namespace detail

std::exception_ptr any_task::exception() const {
  detail::task_base& t = state("asyncio::task::exception");
  t.require_done("asyncio::task::exception");
  if (t.cancelled()) detail::throw_cancelled(t.cancel_message());
  return t.take_notice();
}

void any_task::cancel_threadsafe(std::string message) {
  detail::task_base& t = state("asyncio::task::cancel_threadsafe");
  detail::kernel* const home = t.living_home();
  if (home == nullptr) return;
  boost::asio::post(home->context().get_executor(),
                    [task = *this, text = std::move(message)]() mutable { task.cancel(text); });
}

std::uint64_t any_task::add_done_callback(std::function<void(any_task)> fn) {
  detail::task_base& t = state("asyncio::task::add_done_callback");
  detail::kernel* const home = t.living_home();
  if (home == nullptr)
    throw invalid_state("asyncio::task::add_done_callback: the loop of this task has ended, nothing would call it");
  auto const number = detail::next_callback_number();
  auto* const node = new detail::done_callback(*home, number, ref_, std::move(fn));
  if (t.done()) {
    home->push_ready(*node);
  } else {
    t.waiters().push_back(*node);
  }
  return number;
}

std::size_t any_task::remove_done_callback(std::uint64_t callback) {
  detail::done_callback* found = nullptr;
  state("asyncio::task::remove_done_callback").waiters().for_each([&](detail::ready_node& node) {
    auto* const cb = dynamic_cast<detail::done_callback*>(&node);
    if (cb != nullptr && cb->number() == callback) found = cb;
  });
  if (found == nullptr) return 0;
  found->unlink();
  delete found;  // not in the loop above: what it holds may remove other callbacks when it is destroyed
  return 1;
}

detail::join_any_operation any_task::join() const {
  (void)state("asyncio::task::join");
  return detail::join_any_operation(ref_);
}

std::string to_string(any_task const& t) {
  if (!t) return "<Task none>";
  detail::task_base const& state = t.state("asyncio::to_string");
  std::string text = "<Task ";
  if (state.cancelled()) {
    text += "cancelled";
  } else if (state.done()) {
    text += "finished";
  } else {
    text += state.cancelling() > 0 ? "cancelling" : "pending";
  }
  text += " name='" + std::string(state.name()) + "' id=" + std::to_string(state.id());
  if (state.failed()) {
    try {
      std::rethrow_exception(state.failure());
    } catch (std::exception const& e) {
      text += std::string(" exception='") + e.what() + '\'';
    } catch (...) {
      text += " exception";
    }
  } else if (!state.done()) {
    wait_info const w = state.waits_for();
    if (w.kind != wait_kind::nothing) text += " waiting for " + std::string(to_string(w.kind));
    if (w.kind == wait_kind::join) text += ' ' + std::to_string(w.task);
  }
  return text + '>';
}

any_task current_task() {
  detail::task_base* const t = detail::kernel::running("asyncio::current_task").current_task();
  return t ? any_task(detail::task_ref::share(*t)) : any_task();
}

std::vector<any_task> all_tasks(loop& of) {
  std::vector<any_task> tasks;
  of.kernel().live().for_each([&](detail::task_base& t) {
    if (!t.unlisted()) tasks.emplace_back(detail::task_ref::share(t));
  });
  return tasks;
}

std::vector<any_task> all_tasks() { return all_tasks(loop::running()); }

}  // namespace asyncio
