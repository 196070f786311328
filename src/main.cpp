// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/loop/tools.hpp>
#include <asyncio/exception_group.hpp>
#include <asyncio/main.hpp>

#include <cstdio>
#include <iostream>
#include <string>

namespace asyncio::detail {

namespace {

constexpr int failed = 1;
constexpr int interrupted = 130;  // 128 + SIGINT

/// Not by describe(), which would bring exception groups into every program; the text of one is its whole tree.
std::string text_with_type(std::exception_ptr const& e) { return type_of(e) + ": " + text_of(e); }

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
      std::exception_ptr const e = std::current_exception();
      text = tools::attached ? tools::attached->story_of(r.get_loop().core(), e) : text_with_type(e);
    }
    r.close();
  } catch (keyboard_interrupt const&) {
    if (!text.empty()) print(text);
    return interrupted;
  } catch (...) {
    if (text.empty()) text = text_with_type(std::current_exception());
  }
  print(text);
  return failed;
} catch (...) {
  print("asyncio::main: no memory for the text of the exception that ended the program");
  return failed;
}

}  // namespace asyncio::detail
