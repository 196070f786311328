// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/task/failure_trails.hpp>
#include <asyncio/exception_group.hpp>
#include <asyncio/main.hpp>

#include <cstdio>
#include <iostream>
#include <string>

namespace asyncio::detail {

namespace {

constexpr int failed = 1;
constexpr int interrupted = 130;  // 128 + SIGINT

/// The exception with the tasks from which it and, in a group, each of its members comes.
std::string story(loop& home, std::exception_ptr const& e) {
  auto const* const trails = home.core().find_part<failure_trails>();
  if (trails == nullptr) return describe(e);
  auto const note = [&](std::exception_ptr const& member) {
    if (member == e) {
      std::string const way = trails->text(e, "\n  ");
      return way.empty() ? way : "\n  " + way;
    }
    std::string const way = trails->text(member, ", ");
    return way.empty() ? way : " (" + way + ')';
  };
  return describe(e, note);
}

void print(std::string const& text) noexcept {
  try {
    std::cout.flush();
  } catch (...) {
    // Somebody asked std::cout to throw, and it could not write.
  }
  std::fflush(stdout);
  std::fputs(text.c_str(), stderr);
  std::fputc('\n', stderr);
}

}  // namespace

int run_program(run_options options, std::function<any_task(runner&)> const& start,
                std::function<int(any_task const&)> const& exit_code) noexcept try {
  std::string text;
  try {
    runner r(std::move(options));
    try {
      any_task const main = start(r);
      r.finish(main);
      int const code = exit_code(main);
      r.close();
      return code;
    } catch (keyboard_interrupt const&) {
      throw;  // the destructor closes the runner
    } catch (...) {
      text = story(r.get_loop(), std::current_exception());
    }
    r.close();
  } catch (keyboard_interrupt const&) {
    if (!text.empty()) print(text);
    return interrupted;
  } catch (...) {
    text = text.empty() ? describe(std::current_exception()) : text;
  }
  print(text);
  return failed;
} catch (...) {
  print("asyncio::main: no memory for the text of the exception that ended the program");
  return failed;
}

}  // namespace asyncio::detail
