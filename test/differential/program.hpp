// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// A program of the differential test, checked and ready to run.
#pragma once

#include <boost/json/value.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace differential {

/// What tasks return, queues carry and logs show.
using value = boost::json::value;
using microseconds = std::chrono::microseconds;

struct statement;
using block = std::vector<statement>;
using names = std::vector<std::string>;

/// A block that runs as a task of its own.
struct child {
  std::string name;
  block body;
};
using children = std::vector<child>;

enum class object_kind : std::uint8_t { queue, lifo, priority, lock, semaphore, event, condition, barrier };

struct object_declaration {
  std::string name;
  object_kind kind;
  std::int64_t argument;
};

/// An object in a statement.
struct object_name {
  std::string name;
  std::size_t index;  // among the declarations
};

enum class wait_mode : std::uint8_t { all_completed, first_completed, first_exception };
enum class caught_by : std::uint8_t { nothing, any, cancelled, timeout, group, error };

/// The statements: the name of each is its name in JSON, with an underscore where C++ has a word of its own.
namespace op {

struct log {
  value text;
};
struct sleep {
  microseconds delay;
};
struct yield {};
struct return_ {
  value result;
};
struct raise {
  value kind;
};
struct repeat {
  std::int64_t count;
  block body;
};
struct try_ {
  block body;
  caught_by except = caught_by::nothing;
  block handler;
  bool reraise = false;
  block finally;
};

struct spawn {
  child task;
};
struct await {
  std::string name;
};
struct cancel {
  std::string name;
};
struct self_cancel {};
struct cancelling {};
struct uncancel {};
struct state {
  std::string name;
};

struct gather {
  names tasks;
  bool return_exceptions;
};
struct gather_blocks {
  children tasks;
  bool return_exceptions;
};
struct wait {
  names tasks;
  wait_mode mode;
  std::optional<microseconds> timeout;
};
struct as_completed {
  names tasks;
  std::optional<microseconds> timeout;
};
struct shield {
  std::string name;
};
struct wait_for {
  std::string name;
  std::optional<microseconds> limit;
};
struct timeout {
  std::optional<microseconds> limit;
  block body;
};
struct group {
  children tasks;
  block body;
};

struct queue_put {
  object_name queue;
  value item;
};
struct queue_get {
  object_name queue;
};
struct lock {
  object_name object;
  block body;
};
struct event_set {
  object_name event;
};
struct event_clear {
  object_name event;
};
struct event_wait {
  object_name event;
};
struct cond_wait {
  object_name condition;
};
struct cond_notify {
  object_name condition;
  std::int64_t count;
};
struct barrier {
  object_name barrier;
};

struct randint {
  std::int64_t a;
  std::int64_t b;
};
struct uniform {
  double a;
  double b;
};
struct gauss {
  double mu;
  double sigma;
};
struct choice {
  std::vector<value> from;
};
struct shuffle {
  std::vector<value> values;
};
struct sample {
  std::vector<value> from;
  std::int64_t count;
};
struct sleep_uniform {
  double a;
  double b;
};

}  // namespace op

struct statement {
  std::variant<op::log, op::sleep, op::yield, op::return_, op::raise, op::repeat, op::try_, op::spawn, op::await,
               op::cancel, op::self_cancel, op::cancelling, op::uncancel, op::state, op::gather, op::gather_blocks,
               op::wait, op::as_completed, op::shield, op::wait_for, op::timeout, op::group, op::queue_put,
               op::queue_get, op::lock, op::event_set, op::event_clear, op::event_wait, op::cond_wait, op::cond_notify,
               op::barrier, op::randint, op::uniform, op::gauss, op::choice, op::shuffle, op::sample, op::sleep_uniform>
      what;
};

struct program {
  std::uint64_t seed = 0;
  std::vector<object_declaration> objects;
  block main;
};

/// A program that is none. The text says where and what is wrong.
class malformed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The program a JSON document describes. @throws malformed.
[[nodiscard]] program parse_program(value const& document);

/// The programs in a text: usually one, else one after the other. @throws malformed.
[[nodiscard]] std::vector<program> parse_programs(std::string_view text);

/// Runs a program under virtual time. @return its log, a line for each entry.
[[nodiscard]] std::string log_of(program const& p);

}  // namespace differential
