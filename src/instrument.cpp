// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/instrument.hpp>

namespace asyncio {

std::string_view to_string(wait_kind kind) noexcept {
  switch (kind) {
    case wait_kind::nothing: return "running";
    case wait_kind::sleep: return "sleep";
    case wait_kind::forever: return "sleep_forever";
    case wait_kind::yield: return "its next turn";
    case wait_kind::join: return "join of task";
    case wait_kind::gather: return "gather";
    case wait_kind::task_group: return "task group";
    case wait_kind::event: return "event";
    case wait_kind::lock: return "lock";
    case wait_kind::queue: return "queue";
    case wait_kind::future: return "future";
    case wait_kind::thread: return "thread";
    case wait_kind::quiescence: return "all tasks to block";
    case wait_kind::raw_operation: return "an Asio operation";
  }
  return "?";
}

instrument::~instrument() = default;
void instrument::run_begin(std::uint64_t) {}
void instrument::run_end() {}
void instrument::idle_begin() {}
void instrument::idle_end() {}
void instrument::task_created(std::uint64_t, std::uint64_t, source_location) {}
void instrument::task_named(std::uint64_t, std::string_view) {}
void instrument::task_started(std::uint64_t) {}
void instrument::step_begin(std::uint64_t) {}
void instrument::step_end(std::uint64_t) {}
void instrument::blocked(std::uint64_t, wait_info const&) {}
void instrument::woken(std::uint64_t) {}
void instrument::cancel_requested(std::uint64_t) {}
void instrument::timed_out(std::uint64_t) {}
void instrument::task_finished(std::uint64_t, bool, bool) {}

}  // namespace asyncio
