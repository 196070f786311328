#include <asyncio/detail/executor.hpp>
#include <asyncio/detail/operation.hpp>
#include <asyncio/detail/task_state.hpp>
#include <asyncio/detail/wait_node.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/random.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

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

asio::any_io_executor loop::get_executor() { return kernel_.context().get_executor(); }

namespace {

std::string describe(std::exception_ptr const& e) {
  try {
    std::rethrow_exception(e);
  } catch (std::exception const& x) {
    return x.what();
  } catch (...) {
    return "an exception that is not a std::exception";
  }
}

}  // namespace

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
      broken.message = "Unhandled error in exception handler (" + describe(std::current_exception()) + "), which was told: " +
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

std::shared_ptr<spdlog::logger> default_logger() {
  static std::mutex mutex;  // loops of several threads may get here at once, and a name can be registered only once
  std::lock_guard const lock(mutex);
  auto logger = spdlog::get("asyncio");
  return logger ? logger : spdlog::stderr_color_mt("asyncio");
}

void log_report(spdlog::logger& to, exception_context const& what) {
  std::string text = what.message;
  if (what.task != 0) {
    text += ": task '" + what.task_name + "' created at " + what.created_at.file_name() + ':' +
            std::to_string(what.created_at.line());
  }
  if (what.exception) text += ": " + describe(what.exception);
  to.error(text);
}

void report(kernel* home, char const* message, std::exception_ptr e, task_base const* t) noexcept {
  try {
    exception_context what;
    what.message = message;
    what.exception = std::move(e);
    if (t != nullptr) {
      what.task = t->id();
      what.task_name = t->name();
      what.created_at = t->created_at();
    }
    if (home != nullptr) {
      home->owner().call_exception_handler(what);
    } else {
      log_report(*default_logger(), what);
    }
  } catch (...) {
    std::fputs("asyncio: no memory for this report: ", stderr);
    std::fputs(message, stderr);
    std::fputc('\n', stderr);
  }
}

callback::callback(kernel& home) : kernel_(&home), context_(copy_context_slot(current_context_slot())) {}

void callback::cancel() noexcept {
  if (cancelled_.exchange(true, std::memory_order_acq_rel)) return;
  // A timer leaves the heap at once; what stands in the ready queue is skipped there.
  if (armed() && kernel_->in_thread()) {
    kernel_->remove_timer(*this);
    release();
  }
}

void callback::schedule() {
  add_reference();
  kernel_->push_ready(*this);
}

void callback::schedule_at(time_point when) {
  when_ = when;
  kernel_->add_timer(*this, when);
  add_reference();
}

void callback::schedule_from_another_thread() {
  struct arrived {
    callback* cb;
    explicit arrived(callback* c) noexcept : cb(c) { cb->add_reference(); }
    arrived(arrived&& other) noexcept : cb(std::exchange(other.cb, nullptr)) {}
    arrived& operator=(arrived&&) = delete;
    ~arrived() {
      if (cb) cb->release();
    }
    void operator()() { cb->schedule(); }
  };
  asio::post(kernel_->context().get_executor(), arrived(this));
}

void callback::run() {
  if (!cancelled()) {
    context_slot* const before = exchange_context_slot(&context_);
    try {
      invoke();
    } catch (keyboard_interrupt const&) {
      kernel_->escape(std::current_exception());
    } catch (...) {
      report(kernel_, "Exception in callback", std::current_exception(), nullptr);
    }
    exchange_context_slot(before);
  }
  release();
}

asio::any_io_executor running_executor() {
  return kernel::running("asyncio: an operation with a completion token").context().get_executor();
}

}  // namespace detail
}  // namespace asyncio
