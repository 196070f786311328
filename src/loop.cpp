#include <asyncio/detail/debug_watch.hpp>
#include <asyncio/detail/executor.hpp>
#include <asyncio/detail/mailbox.hpp>
#include <asyncio/detail/operation.hpp>
#include <asyncio/detail/process.hpp>
#include <asyncio/detail/report.hpp>
#include <asyncio/detail/signal_hub.hpp>
#include <asyncio/detail/task_state.hpp>
#include <asyncio/detail/wait_node.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/loop_token.hpp>
#include <asyncio/random.hpp>

#include <boost/asio/io_context.hpp>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <cstdio>
#include <mutex>

namespace asyncio {

namespace asio = boost::asio;

loop::loop(asio::execution_context& context)
    : service(context), kernel_(*this, static_cast<asio::io_context&>(context)) {}

loop::~loop() = default;

loop& loop::of(asio::io_context& context) { return asio::use_service<loop>(context); }

loop& loop::running() { return detail::kernel::running("asyncio::loop::running").owner(); }

loop* loop::running_or_null() noexcept {
  detail::kernel* const k = detail::kernel::running_or_null();
  return k ? &k->owner() : nullptr;
}

void loop::notify_fork(asio::execution_context::fork_event event) {
  if (event == asio::execution_context::fork_child) {
    kernel_.carry_on();
  } else {
    kernel_.set_carried_over_forks(event == asio::execution_context::fork_prepare);
  }
}

asio::any_io_executor loop::get_executor() { return kernel_.context().get_executor(); }

void loop::set_debug(bool on) {
  kernel_.set_debug(on);
  if (on && !watch_) {
    watch_ = std::make_shared<detail::debug_watch>(*this);
    kernel_.record_times();
    kernel_.add_instrument(watch_);
  } else if (!on && watch_) {
    kernel_.remove_instrument(*watch_);
    watch_.reset();
  }
}

void loop::warn(std::string const& text) const noexcept {
  try {
    logger()->warn(text);
  } catch (...) {
    std::fputs((text + '\n').c_str(), stderr);
  }
}

loop_statistics loop::statistics() const noexcept {
  auto const& c = kernel_.counts();
  loop_statistics s;
  s.finished = c.ended[0];
  s.failed = c.ended[1];
  s.cancelled = c.ended[2];
  s.alive = kernel_.live_count();
  s.created = s.finished + s.failed + s.cancelled + s.alive;
  s.steps = c.steps;
  s.ready = kernel_.ready_count();
  s.timers = kernel_.timer_count();
  return s;
}

loop_token loop::token() const { return loop_token(const_cast<detail::kernel&>(kernel_)); }

void loop::set_signal_handler(int number, std::function<void()> fn) {
  kernel_.check_thread("asyncio::loop::add_signal_handler");
  kernel_.check_open("asyncio::loop::add_signal_handler");
  kernel_.signals().set_handler(number, std::move(fn));
}

bool loop::remove_signal_handler(int number) {
  kernel_.check_thread("asyncio::loop::remove_signal_handler");
  return kernel_.signals().remove_handler(number);
}

void loop::set_max_threads(std::size_t n) {
  if (n == 0) throw value_error("asyncio::loop::set_max_threads: at least one thread is needed, 0 was given");
  kernel_.set_max_threads(n);
}

void loop::default_exception_handler(exception_context const& what) const { detail::log_report(*logger(), what); }

std::shared_ptr<spdlog::logger> loop::logger() const { return logger_ ? logger_ : detail::default_logger(); }

void loop::call_exception_handler(exception_context const& what) noexcept {
  try {
    if (!exception_handler_) {
      default_exception_handler(what);
      return;
    }
    try {
      exception_handler const handler = exception_handler_;  // it may replace itself
      handler(*this, what);
    } catch (...) {
      exception_context broken = what;
      broken.message = "Unhandled error in exception handler (" + detail::text_of(std::current_exception()) + "), which was told: " +
                       what.message;
      default_exception_handler(broken);
    }
  } catch (...) {
    // The last resort has no logger left.
    std::fputs("asyncio: the exception handler failed: ", stderr);
    std::fputs(what.message.c_str(), stderr);
    std::fputc('\n', stderr);
  }
}

namespace detail {

namespace {

constinit std::atomic<bool> spdlog_has_ended{false};

/// Made before main(), while there is one thread, with spdlog's register before it, which so goes after it.
struct end_of_spdlog {
  end_of_spdlog() { (void)spdlog::default_logger_raw(); }
  end_of_spdlog(end_of_spdlog const&) = delete;
  end_of_spdlog& operator=(end_of_spdlog const&) = delete;
  ~end_of_spdlog() { spdlog_has_ended = true; }
} const notices_the_end;

}  // namespace

std::shared_ptr<spdlog::logger> default_logger() {
  std::lock_guard const lock(process_state::get().logger_mutex);
  if (spdlog_has_ended) return std::make_shared<spdlog::logger>("asyncio", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  auto logger = spdlog::get("asyncio");
  return logger ? logger : spdlog::stderr_color_mt("asyncio");
}

void log_report(spdlog::logger& to, exception_context const& what) {
  std::string text = what.message;
  if (what.task != 0) {
    text += ": task '" + what.task_name + "' created at " + what.created_at.file_name() + ':' +
            std::to_string(what.created_at.line());
  }
  if (what.exception) text += ": " + text_of(what.exception);
  to.error(text);
}

callback::callback(kernel& home) : callback(&home, nullptr) {}

callback::callback(kernel* home, std::recursive_mutex* running)
    : kernel_(home), running_(running), context_(copy_context_slot(current_context_slot())) {}

void callback::cancel() noexcept {
  if (running_ != nullptr) {
    std::lock_guard const lock(*running_);
    cancelled_.store(true, std::memory_order_release);
    return;
  }
  if (cancelled_.exchange(true, std::memory_order_acq_rel)) return;
  // A timer leaves the heap at once; what stands in the ready queue is skipped there.
  if (armed() && kernel_->in_thread()) {
    kernel_->remove_timer(*this);
    release();
  }
}

bool callback::cancelled() const noexcept {
  if (running_ == nullptr) return cancelled_.load(std::memory_order_acquire);
  std::lock_guard const lock(*running_);
  return cancelled_.load(std::memory_order_acquire);
}

void callback::schedule() {
  if (kernel_->closed()) [[unlikely]] {  // a destructor that runs while the loop is destroyed
    cancelled_ = true;
    return;
  }
  kernel_->collect_mail();  // what another thread has sent came first
  add_reference();
  kernel_->push_ready(*this);
}

void callback::schedule_at(time_point when) {
  when_ = when;
  if (kernel_->closed()) [[unlikely]] {
    cancelled_ = true;
    return;
  }
  kernel_->add_timer(*this, when);
  add_reference();
}

void callback::schedule_from_any_thread(std::shared_ptr<mailbox> const& mail, char const* who) {
  if (mail != nullptr && !mail->closed() && current_kernel == kernel_) {
    schedule();
    return;
  }
  add_reference();
  if (mail != nullptr && mail->send(*this)) return;
  release();
  throw invalid_state(std::string(who) + ": the loop has ended and would not call the function");
}

namespace {

/// For the hooks a callback is a step of nobody's.
class callback_step {
 public:
  explicit callback_step(kernel& k) noexcept : kernel_(k), told_(k.hooks() != nullptr) {
    if (told_) [[unlikely]] k.hooks()->step_begin(0);
  }
  callback_step(callback_step const&) = delete;
  callback_step& operator=(callback_step const&) = delete;
  ~callback_step() {
    if (told_ && kernel_.hooks() != nullptr) [[unlikely]] kernel_.hooks()->step_end(0);
  }

 private:
  kernel& kernel_;
  bool told_;
};

}  // namespace

void callback::run() {
  std::unique_lock<std::recursive_mutex> running;
  if (running_ != nullptr) running = std::unique_lock(*running_);
  if (!cancelled_.load(std::memory_order_acquire)) {
    context_slot* const before = exchange_context_slot(&context_);
    callback_step const told(*kernel_);
    try {
      invoke();
    } catch (keyboard_interrupt const&) {
      kernel_->escape(std::current_exception());
    } catch (...) {
      report(kernel_, nullptr, "Exception in callback", std::current_exception(), about(nullptr));
    }
    exchange_context_slot(before);
  }
  if (running) running.unlock();
  release();
}

asio::any_io_executor running_executor() {
  return kernel::running("asyncio: an operation with a completion token").context().get_executor();
}

}  // namespace detail
}  // namespace asyncio
