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

/// Writes `text` as wide as the pattern asks for: `%8N`, `%-8N`, `%=8N`, `%8!N`.
void append_padded(std::string_view text, spdlog::details::padding_info const& padding, spdlog::memory_buf_t& to);

}  // namespace detail

/// Prints the name of the task whose coroutine logs, `-` outside of one: in a callback, in another thread.
///
/// **Threads**: any; what logs, not what writes: an asynchronous logger formats in a thread of its own, where no task is.
/// **Cost**: nothing but the name's copy in a task; elsewhere a look for the thread's loop. **Example**:
/// `auto f = std::make_unique<spdlog::pattern_formatter>(); f->add_flag<asyncio::task_name_flag>('N').set_pattern("[%N] %v");`
class task_name_flag final : public spdlog::custom_flag_formatter {
 public:
  void format(spdlog::details::log_msg const& message, std::tm const& time, spdlog::memory_buf_t& to) override;
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<task_name_flag>(); }
};

/// Prints a context variable: `add_flag<asyncio::context_var_flag<std::string>>('R', request_id)`. Any type that fmt can
/// format. A function in `to_thread` logs with its caller's value. **Threads**: as for task_name_flag.
template <class T>
class context_var_flag final : public spdlog::custom_flag_formatter {
 public:
  /// @param variable must outlive the formatter. It should have a default: without one spdlog reports an error for each
  /// line where nothing was set.
  explicit context_var_flag(context_var<T> const& variable) noexcept : variable_(&variable) {}
  /// @param otherwise what to print where nothing was set.
  context_var_flag(context_var<T> const& variable, T otherwise) : variable_(&variable), otherwise_(std::move(otherwise)) {}
  /// A temporary would not outlive it.
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
