// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The only source file that depends on spdlog.
#include <asyncio/detail/base/process_state.hpp>
#include <asyncio/loop.hpp>

#include <spdlog/details/console_globals.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <cstdio>
#include <mutex>

namespace asyncio {

namespace detail {

namespace {

/// Guards the registration of the logger: spdlog registers a name only once. Never destroyed.
struct register_lock {
  static std::mutex& get() noexcept {
    static std::mutex& only = *new std::mutex;
    return only;
  }
  static void at_fork(fork_point p) noexcept { lock_over_fork(get(), p); }
  static void at_fork_console(fork_point p) noexcept { lock_over_fork(spdlog::details::console_mutex::mutex(), p); }
};

[[maybe_unused]] fork_hook const told_of_forks[]{{fork_order::logger, register_lock::at_fork},
                                                 {fork_order::console, register_lock::at_fork_console}};

constinit std::atomic<bool> spdlog_has_ended{false};

/// Created before main(), while single-threaded, and after spdlog's registry, which is therefore destroyed later.
struct end_of_spdlog {
  end_of_spdlog() { (void)spdlog::default_logger_raw(); }
  end_of_spdlog(end_of_spdlog const&) = delete;
  end_of_spdlog& operator=(end_of_spdlog const&) = delete;
  ~end_of_spdlog() { spdlog_has_ended = true; }
} const notices_the_end;

}  // namespace

std::shared_ptr<spdlog::logger> default_logger() {
  std::lock_guard const lock(register_lock::get());
  if (spdlog_has_ended)
    return std::make_shared<spdlog::logger>("asyncio", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
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
  if (what.trail.find(", awaited by") != std::string::npos) text += " (" + what.trail + ')';
  to.error(text);
}

}  // namespace detail

void loop::warn(std::string const& text) const noexcept {
  try {
    logger()->warn(text);
  } catch (...) {
    std::fputs((text + '\n').c_str(), stderr);
  }
}

void loop::default_exception_handler(exception_context const& what) const { detail::log_report(*logger(), what); }

std::shared_ptr<spdlog::logger> loop::logger() const { return logger_ ? logger_ : detail::default_logger(); }

}  // namespace asyncio
