// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/testing/run.hpp>

#include <asyncio/detail/loop/tools.hpp>
#include <asyncio/detail/task/cancel_walk.hpp>

#include <spdlog/logger.h>

#include <string>

namespace asyncio::testing {

stopped::stopped(std::size_t steps)
    : error("asyncio::testing: the run was stopped after " + std::to_string(steps) + " steps") {}

run_options test_options::to_run_options() const {
  run_options o;
  o.clock(clock_kind::virtual_).handle_sigint(false).seed(seed_).shuffle(shuffle_).debug(debug_);
  return o;
}

namespace detail {

namespace {
constexpr int patience = 100;
}

run_options observed_run::to_run_options() {
  run_options o = options_.to_run_options();
  bool const interfering = options_.stop_after_ || options_.cancel_after_;
  if (counting_ || interfering) o.step_observer(this);
  // Lost tasks and unretrieved exceptions are expected in such a run.
  if (interfering) o.logger(std::make_shared<spdlog::logger>("asyncio"));
  return o;
}

void observed_run::begin(asyncio::detail::task_base& main) { main_ = any_task(asyncio::detail::task_ref::share(main)); }

void observed_run::before_step() {
  std::size_t const made = steps_++;
  if (options_.cancel_after_ == made) main_.cancel();
  if (options_.stop_after_ != made) return;
  stopped_ = true;
  throw testing::stopped(made);
}

bool observed_run::stuck() {
  if (!options_.cancel_after_ || steps_ <= *options_.cancel_after_) return false;
  asyncio::detail::task_loop& home = *main_.ref().get()->home();
  if (++times_stuck_ > patience) {
    throw deadlock_error("asyncio::testing: these tasks were cancelled " + std::to_string(patience) +
                         " times and have not ended:" + asyncio::detail::live_tree(home));
  }
  asyncio::detail::cancel_walk all(home, {});
  for (any_task const& t : all_tasks(home.owner())) all.add(*t.ref().get());
  all.run();
  return true;
}

}  // namespace detail
}  // namespace asyncio::testing
