/// @file
/// The exceptions of the library.
#pragma once

#include <boost/system/system_error.hpp>

#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

namespace asyncio {

/// The base of every exception of this library but cancelled_error, which is no std::exception, and timeout_error, which is
/// a `boost::system::system_error`.
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

/// `asyncio.CancelledError`: the awaiting task was cancelled. As that is no `Exception`, this is no `std::exception`: a
/// handler for errors, `catch (std::exception const&)`, does not take it and so cannot keep a task alive by accident.
///
/// Only tasks are thrown this. In a coroutine that is not a task's a cancelled wait throws what Asio's operations throw,
/// `boost::system::system_error` with the code `operation_aborted`; Asio's own operations do so in tasks, too.
class cancelled_error {
 public:
  explicit cancelled_error(std::string_view message = {});
  cancelled_error(cancelled_error const&) = default;
  cancelled_error& operator=(cancelled_error const&) = default;
  virtual ~cancelled_error();

  /// The text that was given to `task::cancel(message)`; empty when none was.
  [[nodiscard]] std::string_view message() const noexcept { return message_.what(); }
  /// `boost::asio::error::operation_aborted`.
  [[nodiscard]] boost::system::error_code code() const noexcept;
  /// The message, or a sentence when there is none.
  [[nodiscard]] char const* what() const noexcept;

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
/// What Asio's operations throw when they are cancelled: for coroutines that are not tasks.
[[noreturn]] void throw_aborted();
/// What is told of an exception to somebody who only reads.
[[nodiscard]] std::string text_of(std::exception_ptr const& e);
}  // namespace detail

}  // namespace asyncio
