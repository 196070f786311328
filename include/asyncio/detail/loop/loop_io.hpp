// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The Asio objects of a loop besides the context. For the loop's source files only.
#pragma once

#include <asyncio/detail/loop/loop_core.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <optional>

namespace asyncio::detail {

struct loop_core::io {
  handler_memory memory;
  // A context that has ever had a timer polls the reactor between handlers, so it is created on demand.
  std::optional<boost::asio::steady_timer> timer;
  time_point armed_until = time_point::max();
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> guard;
  std::optional<time_point> idle_since;  // virtual clock with real I/O in flight: since when real time counts
};

}  // namespace asyncio::detail
