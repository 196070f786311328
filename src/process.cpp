#include <asyncio/detail/dump_signal.hpp>
#include <asyncio/detail/kernel.hpp>
#include <asyncio/detail/process.hpp>
#include <asyncio/detail/signal_table.hpp>
#include <asyncio/random.hpp>

#include <boost/asio/io_context.hpp>

#include <spdlog/details/console_globals.h>

#include <pthread.h>
#include <algorithm>

namespace asyncio::detail {

fork_watch::fork_watch(void* owner, function called) : owner_(owner), tell_(called) {
  process_state& all = process_state::get();
  std::lock_guard const lock(all.watches_mutex_);
  all.watches_.push_back(*this);
}

fork_watch::~fork_watch() {
  std::lock_guard const lock(process_state::get().watches_mutex_);
  unlink();
}

void loop_directory::add(kernel& k, std::uint32_t& serial) {
  std::lock_guard const lock(mutex_);
  kernels_.push_back(&k);
  serial = last_serial_ = (last_serial_ + 1) & 0xff'ffff;
}

void loop_directory::add_again(kernel& k) {
  std::lock_guard const lock(mutex_);
  if (std::find(kernels_.begin(), kernels_.end(), &k) == kernels_.end()) kernels_.push_back(&k);
}

void loop_directory::remove(kernel& k) noexcept {
  std::lock_guard const lock(mutex_);
  std::erase(kernels_, &k);
}

bool loop_directory::contains(kernel const* k, std::uint32_t serial, bool here) noexcept {
  std::lock_guard const lock(mutex_);
  return std::find(kernels_.begin(), kernels_.end(), k) != kernels_.end() && k->serial() == serial &&
         (!here || k->belongs_here());
}

void loop_directory::for_each(std::function<void(kernel&)> const& fn) {
  std::lock_guard const lock(mutex_);
  for (kernel* const k : kernels_) fn(*k);
}

kernel* loop_directory::running_here() noexcept {
  std::lock_guard const lock(mutex_);
  for (kernel* const k : kernels_)
    if (k->context().get_executor().running_in_this_thread()) return k;
  return nullptr;
}

void loop_directory::at_fork(fork_point p) noexcept {
  if (p == fork_point::before) {
    mutex_.lock();
    return;
  }
  if (p == fork_point::in_child) std::erase_if(kernels_, [](kernel* k) { return !k->survive_fork(); });
  mutex_.unlock();
}

process_state::process_state() {
  ::pthread_atfork([] { get().at_fork(fork_point::before); }, [] { get().at_fork(fork_point::in_parent); },
                   [] { get().at_fork(fork_point::in_child); });
}

namespace {

// Made before main(): a fork beside a thread that is about to make it would leave the child with half of it.
[[maybe_unused]] process_state const& made_in_time = process_state::get();

}  // namespace

process_state& process_state::get() noexcept {
  static process_state& only = *new process_state;
  return only;
}

void process_state::at_fork(fork_point p) noexcept {
  auto const tell_watches = [this, p] { watches_.for_each([p](fork_watch& w) { w.tell(p); }); };
  auto& console = spdlog::details::console_mutex::mutex();
  if (p == fork_point::before) {
    ::sigset_t all;
    ::sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    logger_mutex.lock();
    console.lock();
    signals_before_ = before;
    dump_signal::at_fork(p);
    loops.at_fork(p);
    watches_mutex_.lock();
    tell_watches();
    signal_table::at_fork(p);
    paths_mutex.lock();
    return;
  }
  if (p == fork_point::in_child) random::detail::seed_again();
  paths_mutex.unlock();
  signal_table::at_fork(p);
  tell_watches();
  watches_mutex_.unlock();
  loops.at_fork(p);
  dump_signal::at_fork(p);
  ::sigset_t const before = signals_before_;
  console.unlock();
  logger_mutex.unlock();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace asyncio::detail
