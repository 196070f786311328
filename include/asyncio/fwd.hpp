// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Forward declarations of the public types, for headers that only name them.
#pragma once

namespace asyncio {

class any_task;
class barrier;
class bounded_semaphore;
class cancellation_guard;
class cancellation_token;
class capacity_limiter;
class clock;
class condition;
class context;
class error;
class event;
class exception_group;
class instrument;
class lock;
class loop;
struct loop_snapshot;
struct loop_statistics;
class run_options;
class runner;
class semaphore;
class task_group;
class task_options;
struct task_snapshot;
template <class T>
class future;
template <class T>
class lifo_queue;
template <class T, class Compare>
class priority_queue;
template <class T>
class queue;
class loop_token;
class run_options;
class runner;
class signal_receiver;
class task_group;
class task_options;
class to_thread_options;
template <class T = void>
class task;

namespace random {
class generator;
}

namespace testing {
class test_options;
}

}  // namespace asyncio
