// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Process-wide state, and its handling across fork().
#pragma once

#include <asyncio/detail/base/list.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include <csignal>

namespace asyncio::detail {

enum class fork_point : std::uint8_t { before, in_parent, in_child };

/// What a fork does with a lock that guards plain data.
template <class Mutex>
void lock_over_fork(Mutex& m, fork_point p) noexcept {
  if (p == fork_point::before) {
    m.lock();
  } else {
    m.unlock();
  }
}

struct fork_tag {};

/// Notifies a part of a loop of every fork: the part locks its mutex before, so that it is consistent in the child, and
/// unlocks it after; in the child it also replaces what it would share with the parent. `Owner` has
/// `void at_fork(fork_point) noexcept`, and this as its last member, so that it is notified only while fully
/// constructed. **Threads**: any.
class fork_watch : public list_node<fork_tag> {
 public:
  template <class Owner>
  explicit fork_watch(Owner& owner)
      : fork_watch(&owner, [](void* o, fork_point p) noexcept { static_cast<Owner*>(o)->at_fork(p); }) {}
  fork_watch(fork_watch const&) = delete;
  fork_watch& operator=(fork_watch const&) = delete;
  ~fork_watch();

  void tell(fork_point p) noexcept { tell_(owner_, p); }

 private:
  using function = void (*)(void* owner, fork_point p) noexcept;
  fork_watch(void* owner, function called);

  void* owner_;
  function tell_;
};

/// The order in which a fork acquires the locks of the process; they are released in reverse.
/// | lock         | held while these are acquired                                                     |
/// |--------------|-----------------------------------------------------------------------------------|
/// | logger       | spdlog's registry, and its lock of standard error                                 |
/// | console      | spdlog's lock of standard error: loops (a pattern flag looks up the running task) |
/// | dump_service | -                                                                                 |
/// | loops        | mailboxes, the task_times of a loop                                               |
/// | watches      | those of mailboxes and thread pools, by the fork only                             |
/// | signals      | -                                                                                 |
/// | paths        | -                                                                                 |
/// | numbers      | no lock: this thread's random numbers                                             |
enum class fork_order : std::uint8_t { logger, console, dump_service, loops, watches, signals, paths, numbers, count };

/// A process-wide component that is notified of every fork, in that order. A static object, never unregistered.
class fork_hook {
 public:
  using function = void (*)(fork_point p) noexcept;
  fork_hook(fork_order place, function called) noexcept;
};

/// Created before main() and never destroyed: threads that outlive main() and destructors of static objects may still
/// use it. Before a fork the forking thread acquires every lock, so that no other thread holds one when the child
/// starts, and blocks all signals until the child is consistent.
class process_state {
 public:
  [[nodiscard]] static process_state& get() noexcept;

  /// Objects used by threads of the parent, which must not be destroyed in the child.
  std::vector<std::shared_ptr<void>> of_lost_threads;

 private:
  friend class fork_watch;
  friend class fork_hook;
  process_state();
  void at_fork(fork_point p) noexcept;
  void tell(fork_order place, fork_point p) noexcept;

  fork_hook::function hooks_[static_cast<std::size_t>(fork_order::count)] = {};
  std::mutex watches_mutex_;
  list<fork_watch, fork_tag> watches_;
  std::mutex forking_;  // guards signals_before_; held during a fork
  ::sigset_t signals_before_{};
};

}  // namespace asyncio::detail
