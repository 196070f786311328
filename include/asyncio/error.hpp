// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The exceptions of the library.
#pragma once

#include <boost/system/system_error.hpp>

#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

namespace asyncio {

/// The base of all exceptions of this library except cancelled_error, which is no std::exception, and timeout_error,
/// which is a `boost::system::system_error`.
class error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// `ValueError`: an invalid argument. The text names it and gives the remedy.
class value_error : public error {
 public:
  using error::error;
};

/// `InvalidStateError` and the `RuntimeError`s of misuse: a valid call at the wrong time.
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

/// Virtual time only: no task can ever run again. The text lists the stuck tasks and what each waits for.
class deadlock_error : public error {
 public:
  using error::error;
};

/// `KeyboardInterrupt`: Ctrl-C ended `run`.
class keyboard_interrupt : public error {
 public:
  keyboard_interrupt() : error("asyncio: interrupted by SIGINT (Ctrl-C)") {}
};

/// `asyncio.QueueEmpty`: `get_nowait` found no available item.
class queue_empty : public error {
 public:
  queue_empty();
  using error::error;
};

/// `asyncio.QueueFull`: `put_nowait` found no free slot.
class queue_full : public error {
 public:
  queue_full();
  using error::error;
};

/// `asyncio.QueueShutDown`: a put after `shutdown()`, or a get once the queue is empty.
class queue_shut_down : public error {
 public:
  queue_shut_down();
};

/// `asyncio.CancelledError`: the awaiting task was cancelled. Just as that is not an `Exception`, this is not a
/// `std::exception`: an error handler, `catch (std::exception const&)`, does not catch it and so cannot keep a task
/// alive by accident.
///
/// Thrown in tasks only. Outside any task a cancelled wait throws what Asio's operations throw,
/// `boost::system::system_error` with the code `operation_aborted`; Asio's own operations do so in tasks too.
class cancelled_error {
 public:
  explicit cancelled_error(std::string_view message = {});
  cancelled_error(cancelled_error const&) = default;
  cancelled_error& operator=(cancelled_error const&) = default;
  virtual ~cancelled_error();

  /// The text passed to `task::cancel(message)`; empty if none.
  [[nodiscard]] std::string_view message() const noexcept { return message_.what(); }
  /// `boost::asio::error::operation_aborted`.
  [[nodiscard]] boost::system::error_code code() const noexcept;
  /// The message, or a default text.
  [[nodiscard]] char const* what() const noexcept;

 private:
  std::runtime_error message_;  // copying it only counts references: exceptions are copied
};

/// `TimeoutError`. A `system_error` with code `timed_out`.
class timeout_error : public boost::system::system_error {
 public:
  timeout_error();
};

namespace detail {
/// Throws a cancelled_error; an empty message does not rebuild its text.
[[noreturn]] void throw_cancelled(std::string_view message);
/// The same as an exception_ptr; all with an empty message share one object.
[[nodiscard]] std::exception_ptr cancelled_exception(std::string_view message);
/// Throws what Asio's operations throw when cancelled: for coroutines outside any task.
[[noreturn]] void throw_aborted();
/// The name of the type of an exception.
[[nodiscard]] std::string type_of(std::exception_ptr const& e);
/// The human-readable text of an exception; of a system_error without the place in Asio where it arose.
[[nodiscard]] std::string text_of(std::exception_ptr const& e);
}  // namespace detail

}  // namespace asyncio
