/// @file
/// What belongs to the process and not to one loop, and what a fork does with it.
#pragma once

#include <asyncio/detail/list.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <csignal>

namespace asyncio::detail {

class kernel;

enum class fork_point : std::uint8_t { before, in_parent, in_child };

struct fork_tag {};

/// Tells a part of a loop of every fork: it takes its lock before, so that the child finds it free, and gives it back after;
/// in the child it also replaces what it would share with the parent. `Owner` has `void at_fork(fork_point) noexcept`, and
/// this as its last member: it is told only while all of it is there. **Threads**: any.
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

/// All loops, so that a plain Asio handler can find the one it runs in. **Threads**: any.
class loop_directory {
 public:
  /// `serial` is its number, under the lock because others read it there.
  void add(kernel& k, std::uint32_t& serial);
  void remove(kernel& k) noexcept;
  /// One that a fork took out of the list, with the number it had.
  void add_again(kernel& k);
  /// `here`: only if it belongs to the calling thread, so that it cannot go away meanwhile.
  [[nodiscard]] bool contains(kernel const* k, std::uint32_t serial, bool here) noexcept;
  void for_each(std::function<void(kernel&)> const& fn);
  [[nodiscard]] kernel* running_here() noexcept;
  /// The first one that `chosen` says yes to, while `use` is called with it.
  template <class Predicate, class Use>
  void find(Predicate chosen, Use use) {
    std::lock_guard const lock(mutex_);
    for (kernel* const k : kernels_) {
      if (!chosen(*k)) continue;
      use(*k);
      return;
    }
  }
  /// Keeps those of which Asio was told that they come over the fork; all others are the parent's.
  void at_fork(fork_point p) noexcept;

 private:
  std::mutex mutex_;
  std::vector<kernel*> kernels_;
  std::uint32_t last_serial_ = 0;
};

/// Made on first use and never destroyed: a thread that outlives main(), and the destructor of a static object, may still ask.
///
/// Before a fork the forking thread takes every lock there is, so that no other thread holds one when the child begins, and
/// blocks all signals, so that one that comes to the child finds it in order. The order of the locks:
/// | lock                       | held while these are taken |
/// |----------------------------|----------------------------|
/// | logger                     | spdlog's register, and its lock of standard error |
/// | spdlog's of standard error | loops (a flag of a pattern asks for the running task) |
/// | dump_signal's service      | - |
/// | loops                      | mail, the task_times of a loop |
/// | watches                    | those of mailboxes and thread pools, by the fork only |
/// | signal_table               | - |
/// | paths                      | - |
class process_state {
 public:
  [[nodiscard]] static process_state& get() noexcept;

  loop_directory loops;
  /// How often report_path has given a path.
  std::map<std::string, unsigned> paths;
  std::mutex paths_mutex;
  /// A name can be registered with spdlog only once.
  std::mutex logger_mutex;
  /// What threads of the parent used: in the child nothing may destroy it.
  std::vector<std::shared_ptr<void>> of_lost_threads;

 private:
  friend class fork_watch;
  process_state();
  void at_fork(fork_point p) noexcept;

  std::mutex watches_mutex_;
  list<fork_watch, fork_tag> watches_;
  ::sigset_t signals_before_{};
};

}  // namespace asyncio::detail
