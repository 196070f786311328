// Measurements that need a fresh process: memory that nobody has used before, and the start of a program.
#include "bench.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
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

double ask_fresh_process(std::string const& implementation_and_row) {
  std::string program = "/proc/self/exe";
  std::string argument = std::string(question_flag) + implementation_and_row;
  char* argv[] = {program.data(), argument.data(), nullptr};

  int ends[2];
  check(::pipe(ends) == 0 ? 0 : errno, "pipe");
  posix_spawn_file_actions_t actions;
  check(posix_spawn_file_actions_init(&actions), "posix_spawn_file_actions_init");
  check(posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO), "dup2");
  check(posix_spawn_file_actions_addclose(&actions, ends[0]), "close");
  check(posix_spawn_file_actions_addclose(&actions, ends[1]), "close");
  pid_t child = 0;
  int const failed = posix_spawn(&child, program.c_str(), &actions, nullptr, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::string const text = failed == 0 ? read_to_end(ends[0]) : std::string();
  ::close(ends[0]);
  check(failed, "posix_spawn");

  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw std::runtime_error("the fresh process for " + implementation_and_row + " failed");
  return text.empty() ? 0 : std::stod(text);
}

void answer(double number) {
  std::printf("%.3f\n", number);
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

}  // namespace bench
