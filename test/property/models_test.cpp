// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE models
#include "barrier_model.hpp"
#include "condition_model.hpp"
#include "event_model.hpp"
#include "lock_model.hpp"
#include "semaphore_model.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

void check(std::string const& name, explore::report const& r) {
  BOOST_TEST_MESSAGE(name << ": " << r.programs << " programs, " << r.states << " states, " << r.deadlocks
                          << " deadlocks");
  for (explore::difference const& d : r.differences)
    BOOST_ERROR(name << ": program " << d.program << "\n  model " << d.model << "\n  real  " << d.real);
}

/// A model with a mistake, to see that the comparison finds it: the newest one in line is served first.
struct unfair_lock_model : explore::lock_model {
  template <class World>
  char begin(World& w, int task, char operation) {
    char const result = lock_model::begin(w, task, operation);
    if (result == explore::blocks) std::rotate(line.rbegin(), line.rbegin() + 1, line.rend());
    return result;
  }
};

/// Another one: a lock granted to a task that is cancelled is lost.
struct forgetful_lock_model : explore::lock_model {
  template <class World>
  char resume(World&, int task, bool cancelled) {
    if (promised_to == task && !cancelled) {
      promised_to = -1;
      held = true;
      return '+';
    }
    return 'c';
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(the_lock_behaves_as_its_model) {
  auto const r = explore::all_programs<explore::real_lock>(explore::lock_model());
  check("lock", r);
  BOOST_TEST(r.programs > 1000u);
  BOOST_TEST(r.deadlocks > 100u);
}

BOOST_AUTO_TEST_CASE(the_semaphore_behaves_as_its_model) {
  auto const r = explore::all_programs<explore::real_semaphore>(explore::semaphore_model());
  check("semaphore", r);
  BOOST_TEST(r.programs > 1000u);
  BOOST_TEST(r.deadlocks > 100u);
}

BOOST_AUTO_TEST_CASE(the_event_behaves_as_its_model) {
  auto const r = explore::all_programs<explore::real_event>(explore::event_model());
  check("event", r);
  BOOST_TEST(r.programs > 1000u);
  BOOST_TEST(r.deadlocks > 100u);
}

BOOST_AUTO_TEST_CASE(the_condition_behaves_as_its_model) {
  auto const r = explore::all_programs<explore::real_condition>(explore::condition_model());
  check("condition", r);
  BOOST_TEST(r.programs > 1000u);
  BOOST_TEST(r.deadlocks > 100u);
}

BOOST_AUTO_TEST_CASE(the_barrier_behaves_as_its_model) {
  auto const r = explore::all_programs<explore::real_barrier>(explore::barrier_model());
  check("barrier", r);
  BOOST_TEST(r.programs > 1000u);
  BOOST_TEST(r.deadlocks > 100u);
}

BOOST_AUTO_TEST_CASE(a_model_with_a_mistake_is_found_out) {
  BOOST_TEST(!explore::all_programs<explore::real_lock>(unfair_lock_model()).differences.empty());
  BOOST_TEST(!explore::all_programs<explore::real_lock>(forgetful_lock_model()).differences.empty());
}

BOOST_AUTO_TEST_CASE(a_program_that_deadlocks_in_the_model_is_a_deadlock_error) {
  auto const body = []() -> asyncio::awaitable<void> {
    explore::real_lock object;
    (void)co_await object.perform(0, 'a');
    (void)co_await object.perform(0, 'a');
  };
  BOOST_CHECK_THROW(asyncio::testing::run(body()), asyncio::deadlock_error);
}
