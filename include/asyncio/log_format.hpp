// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Flags for spdlog's patterns: the current task and context variables in log lines. Not part of <asyncio/asyncio.hpp>.
#pragma once

#include <asyncio/context.hpp>

#include <spdlog/fmt/fmt.h>
#include <spdlog/pattern_formatter.h>

#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace asyncio {

namespace detail {

/// Writes `text`, padded as the pattern requests: `%8N`, `%-8N`, `%=8N`, `%8!N`.
void append_padded(std::string_view text, spdlog::details::padding_info const& padding, spdlog::memory_buf_t& to);

}  // namespace detail

/// Prints the name of the logging task, `-` outside any task: in a callback, in another thread.
///
/// **Threads**: any; formatting must happen in the logging thread: an asynchronous logger formats in its own thread,
/// where there is no task.
/// **Cost**: copying the name in a task; elsewhere a lookup of the thread's loop. **Example**:
/// `auto f = std::make_unique<spdlog::pattern_formatter>();`
/// `f->add_flag<asyncio::task_name_flag>('N').set_pattern("[%N] %v");`
class task_name_flag final : public spdlog::custom_flag_formatter {
 public:
  void format(spdlog::details::log_msg const& message, std::tm const& time, spdlog::memory_buf_t& to) override;
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<task_name_flag>();
  }
};

/// Prints a context variable: `add_flag<asyncio::context_var_flag<std::string>>('R', request_id)`. Any type that fmt
/// can format. A function in `to_thread` logs its caller's value. **Threads**: as for task_name_flag.
template <class T>
class context_var_flag final : public spdlog::custom_flag_formatter {
 public:
  /// @param variable must outlive the formatter. It should have a default: without one spdlog reports an error for each
  /// line without a value.
  explicit context_var_flag(context_var<T> const& variable) noexcept : variable_(&variable) {}
  /// @param otherwise what to print if nothing was set.
  context_var_flag(context_var<T> const& variable, T otherwise)
      : variable_(&variable), otherwise_(std::move(otherwise)) {}
  /// A temporary would not outlive the formatter.
  explicit context_var_flag(context_var<T>&&) = delete;
  context_var_flag(context_var<T>&&, T) = delete;

  void format(spdlog::details::log_msg const&, std::tm const&, spdlog::memory_buf_t& to) override {
    detail::append_padded(fmt::format("{}", otherwise_ ? variable_->get(*otherwise_) : variable_->get()), padinfo_, to);
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return otherwise_ ? std::make_unique<context_var_flag>(*variable_, *otherwise_)
                      : std::make_unique<context_var_flag>(*variable_);
  }

 private:
  context_var<T> const* variable_;
  std::optional<T> otherwise_;
};

}  // namespace asyncio
