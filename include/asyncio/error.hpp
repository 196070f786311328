/// @file
/// The exceptions of the library.
#pragma once

#include <boost/system/system_error.hpp>

#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

namespace asyncio {

/// The base of every exception of this library that is not a `boost::system::system_error`.
class error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// `ValueError`: an argument that no call could accept. The text names it and says how to do it right.
class value_error : public error {
 public:
  using error::error;
};

/// `InvalidStateError` and the `RuntimeError`s of misuse: right call, wrong moment.
class invalid_state : public error {
 public:
  using error::error;
};

/// `RuntimeError: no running event loop`.
class no_running_loop : public error {
 public:
  using error::error;
};

/// `RuntimeError: asyncio.run() cannot be called from a running event loop`.
class loop_already_running : public error {
 public:
  using error::error;
};

/// `asyncio.BrokenBarrierError`: a barrier was aborted or reset.
class broken_barrier : public error {
 public:
  using error::error;
};

/// Virtual time only: no task can ever run again. The text lists the tasks that are stuck and what each waits for.
class deadlock_error : public error {
 public:
  using error::error;
};

/// `KeyboardInterrupt`: Ctrl-C ended `run`.
class keyboard_interrupt : public error {
 public:
  keyboard_interrupt() : error("asyncio: interrupted by SIGINT (Ctrl-C)") {}
};

/// `asyncio.QueueEmpty`: `get_nowait` found no item that it might take.
class queue_empty : public error {
 public:
  queue_empty();
  using error::error;
};

/// `asyncio.QueueFull`: `put_nowait` found no place that it might take.
class queue_full : public error {
 public:
  queue_full();
  using error::error;
};

/// `asyncio.QueueShutDown`: the queue takes nothing more, or it has been emptied after `shutdown()`.
class queue_shut_down : public error {
 public:
  queue_shut_down();
};

/// `asyncio.CancelledError`: the awaiting task was cancelled. A `system_error` with code `operation_aborted`, so that
/// code written for Asio sees this library's cancellation and Asio's own alike.
class cancelled_error : public boost::system::system_error {
 public:
  explicit cancelled_error(std::string_view message = {});

  /// The text that was given to `task::cancel(message)`; empty when none was.
  [[nodiscard]] std::string_view message() const noexcept { return message_.what(); }

 private:
  std::runtime_error message_;  // a copy of it is only a reference count: exceptions are copied
};

/// `TimeoutError`. A `system_error` with code `timed_out`.
class timeout_error : public boost::system::system_error {
 public:
  timeout_error();
};

namespace detail {
/// Throws a cancelled_error; for an empty message without building its text anew.
[[noreturn]] void throw_cancelled(std::string_view message);
/// The same as an object; all those with an empty message are one.
[[nodiscard]] std::exception_ptr cancelled_exception(std::string_view message);
}  // namespace detail

}  // namespace asyncio
