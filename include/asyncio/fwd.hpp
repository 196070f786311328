/// @file
/// Forward declarations of the public types, for headers that only name them.
#pragma once

namespace asyncio {

class any_task;
class clock;
class context;
class error;
class exception_group;
class instrument;
class loop;
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
