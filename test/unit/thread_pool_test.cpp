// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE thread_pool
#include <asyncio/detail/threads/thread_pool.hpp>
#include <asyncio/error.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <deque>
#include <functional>
#include <future>
#include <latch>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using asyncio::detail::thread_pool;

namespace {

class test_job final : public thread_pool::job {
 public:
  explicit test_job(std::function<void()> fn) : fn_(std::move(fn)) {}
  void work() noexcept override { fn_(); }
  void ended() noexcept override { over_.set_value("ended"); }
  void dropped() noexcept override { over_.set_value("dropped"); }
  std::string outcome() { return over_.get_future().get(); }

 private:
  std::function<void()> fn_;
  std::promise<std::string> over_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_pool_without_jobs_has_no_threads) {
  thread_pool pool(4);
  BOOST_TEST(pool.size() == 0u);
  BOOST_TEST(pool.end() == 0u);
}

BOOST_AUTO_TEST_CASE(a_job_runs_in_another_thread_and_ends_there) {
  thread_pool pool(1);
  std::thread::id where;
  test_job j([&] { where = std::this_thread::get_id(); });
  pool.submit(j);
  BOOST_TEST(j.outcome() == "ended");
  BOOST_TEST((where != std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(a_thread_that_is_idle_takes_the_next_job) {
  thread_pool pool(8);
  for (int i = 0; i < 3; ++i) {
    test_job first([] {});
    pool.submit(first);
    (void)first.outcome();
  }
  // The thread calls ended() before it waits again, so that a job may come in between and find nobody idle.
  BOOST_TEST(pool.size() <= 3u);
  BOOST_TEST(pool.size() >= 1u);
}

BOOST_AUTO_TEST_CASE(jobs_run_at_the_same_time_up_to_the_limit) {
  constexpr int limit = 3;
  std::latch all_there(limit);
  thread_pool pool(limit);
  std::deque<test_job> jobs;
  for (int i = 0; i < limit; ++i) jobs.emplace_back([&] { all_there.arrive_and_wait(); });
  for (test_job& j : jobs) pool.submit(j);
  for (test_job& j : jobs) BOOST_TEST(j.outcome() == "ended");
  BOOST_TEST(pool.size() == 3u);
}

BOOST_AUTO_TEST_CASE(beyond_the_limit_jobs_wait_first_come_first_served) {
  thread_pool pool(1);
  std::promise<void> go;
  std::string order;
  test_job blocks([&] { go.get_future().wait(); });
  test_job a([&] { order += 'a'; });
  test_job b([&] { order += 'b'; });
  test_job c([&] { order += 'c'; });
  pool.submit(blocks);
  pool.submit(a);
  pool.submit(b);
  pool.submit(c);
  BOOST_TEST(pool.size() == 1u);
  go.set_value();
  for (test_job* const j : {&a, &b, &c}) (void)j->outcome();
  BOOST_TEST(order == "abc");
}

BOOST_AUTO_TEST_CASE(a_job_can_be_withdrawn_until_it_begins) {
  thread_pool pool(1);
  std::promise<void> begun, go;
  test_job blocks([&] {
    begun.set_value();
    go.get_future().wait();
  });
  bool ran = false;
  test_job waits([&] { ran = true; });
  pool.submit(blocks);
  pool.submit(waits);
  begun.get_future().wait();
  BOOST_TEST(!pool.withdraw(blocks));
  BOOST_TEST(pool.withdraw(waits));
  BOOST_TEST(!pool.withdraw(waits));
  go.set_value();
  BOOST_TEST(blocks.outcome() == "ended");
  BOOST_TEST(pool.end() == 0u);
  BOOST_TEST(!ran);
}

BOOST_AUTO_TEST_CASE(the_limit_can_be_raised) {
  thread_pool pool(1);
  std::promise<void> go;
  auto const open = go.get_future().share();
  test_job a([open] { open.wait(); });
  pool.submit(a);
  pool.set_limit(2);
  test_job b([&go] { go.set_value(); });  // runs beside the first one
  pool.submit(b);
  BOOST_TEST(a.outcome() == "ended");
  BOOST_TEST(b.outcome() == "ended");
  BOOST_TEST(pool.size() == 2u);
}

BOOST_AUTO_TEST_CASE(the_end_drops_what_has_not_begun_and_refuses_what_comes) {
  thread_pool pool(1);
  std::promise<void> begun, go;
  test_job blocks([&] {
    begun.set_value();
    go.get_future().wait();
  });
  test_job waits([] {});
  pool.submit(blocks);
  pool.submit(waits);
  begun.get_future().wait();
  BOOST_TEST(pool.end() == 1u);  // it is at work, and left to itself
  BOOST_TEST(waits.outcome() == "dropped");
  BOOST_TEST(pool.end() == 0u);
  test_job late([] {});
  BOOST_CHECK_THROW(pool.submit(late), asyncio::invalid_state);
  go.set_value();
  BOOST_TEST(blocks.outcome() == "ended");
}

BOOST_AUTO_TEST_CASE(a_job_may_outlive_its_pool) {
  std::promise<void> begun, go;
  test_job blocks([&] {
    begun.set_value();
    go.get_future().wait();
  });
  {
    thread_pool pool(2);
    pool.submit(blocks);
    begun.get_future().wait();
  }
  go.set_value();
  BOOST_TEST(blocks.outcome() == "ended");
}

BOOST_AUTO_TEST_CASE(jobs_may_come_from_several_threads_at_once) {
  constexpr int threads = 4;
  constexpr int jobs_each = 200;
  std::atomic<int> ran{0};
  std::vector<std::deque<test_job>> jobs(threads);
  for (auto& mine : jobs)
    for (int i = 0; i < jobs_each; ++i) mine.emplace_back([&ran] { ++ran; });
  {
    thread_pool pool(3);
    std::vector<std::thread> submitters;
    for (auto& mine : jobs) {
      submitters.emplace_back([&pool, &mine] {
        for (test_job& j : mine) pool.submit(j);
      });
    }
    for (std::thread& t : submitters) t.join();
    for (auto& mine : jobs)
      for (test_job& j : mine) BOOST_REQUIRE(j.outcome() == "ended");
    BOOST_TEST(pool.size() <= 3u);
  }
  BOOST_TEST(ran == threads * jobs_each);
}
