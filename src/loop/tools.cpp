// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/loop/tools.hpp>

#include <cstdio>

namespace asyncio::detail {

constinit tools const* tools::attached = nullptr;

std::string live_tree(task_loop& l) {
  if (tools::attached != nullptr) return tools::attached->live_tree(l);
  return " (a program that is linked with asyncio::asyncio, not only asyncio::core, lists them here)";
}

std::string way_of(task_loop& l, std::exception_ptr const& e, std::string_view between, std::uint64_t task) {
  return tools::attached == nullptr ? std::string() : tools::attached->way_of(l, e, between, task);
}

void print_tree(task_loop& l, char const* title) noexcept {
  if (tools::attached != nullptr) {
    tools::attached->print_tree(l, title);
  } else {
    std::fputs(title, stderr);
    std::fputc('\n', stderr);
  }
}

}  // namespace asyncio::detail
