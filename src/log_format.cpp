// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/task/task_loop.hpp>
#include <asyncio/detail/task/task_state.hpp>
#include <asyncio/log_format.hpp>

#include <cstddef>

namespace asyncio {
namespace detail {

void append_padded(std::string_view text, spdlog::details::padding_info const& padding, spdlog::memory_buf_t& to) {
  using side = spdlog::details::padding_info::pad_side;
  std::size_t const width = padding.enabled() ? padding.width_ : 0;
  if (padding.enabled() && padding.truncate_) text = text.substr(0, width);
  std::size_t const missing = width > text.size() ? width - text.size() : 0;
  std::size_t const before = padding.side_ == side::left ? missing : padding.side_ == side::center ? missing / 2 : 0;
  std::string const blanks(missing, ' ');
  to.append(blanks.data(), blanks.data() + before);
  to.append(text.data(), text.data() + text.size());
  to.append(blanks.data() + before, blanks.data() + missing);
}

}  // namespace detail

void task_name_flag::format(spdlog::details::log_msg const&, std::tm const&, spdlog::memory_buf_t& to) {
  detail::task_loop* const home = detail::task_loop::running_or_null();
  detail::task_base* const task = home != nullptr ? home->current_task() : nullptr;
  detail::append_padded(task != nullptr ? task->name() : "-", padinfo_, to);
}

}  // namespace asyncio
