// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Measurements that need another process: memory that nobody has used before, the start of a program, the echo client.
#include "bench.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace bench {

namespace {

void check(int error, char const* what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

std::string read_to_end(int descriptor) {
  std::string text;
  char buffer[256];
  for (;;) {
    auto const n = ::read(descriptor, buffer, sizeof buffer);
    if (n > 0)
      text.append(buffer, static_cast<std::size_t>(n));
    else if (n == 0 || errno != EINTR)
      return text;
  }
}

}  // namespace

process::process(std::string argument) : argument_(std::move(argument)) {
  std::string program = "/proc/self/exe";
  char* argv[] = {program.data(), argument_.data(), nullptr};
  int ends[2];
  check(::pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno, "pipe2");
  posix_spawn_file_actions_t actions;
  check(posix_spawn_file_actions_init(&actions), "posix_spawn_file_actions_init");
  check(posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO), "dup2");
  int const failed = posix_spawn(&id_, program.c_str(), &actions, nullptr, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  output_ = ends[0];
  if (failed != 0) ::close(output_);
  check(failed, "posix_spawn");
}

process::~process() {
  if (output_ >= 0) ::close(output_);
  if (id_ > 0) ::waitpid(id_, nullptr, 0);
}

std::vector<double> process::answer() {
  std::istringstream text(read_to_end(output_));
  int status = 0;
  while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {}
  id_ = 0;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw std::runtime_error("asyncio-bench " + argument_ + " failed");
  std::vector<double> numbers;
  for (double number; text >> number;) numbers.push_back(number);
  return numbers;
}

void answer(std::vector<double> const& numbers) {
  for (double const number : numbers) std::printf("%.3f\n", number);
  std::fflush(stdout);
  std::_Exit(EXIT_SUCCESS);
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  statm >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t allocated_bytes() {
  auto const heap = ::mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

void memory_after_a_peak::later() {
  note(allocated_bytes(), allocated_);
  ::malloc_trim(0);
  note(resident_bytes(), resident_);
}

}  // namespace bench
