/// @file
/// The signals that one loop handles.
#pragma once

#include <functional>
#include <memory>
#include <vector>

namespace asyncio::detail {

class kernel;
class wake_pipe;

/// Where signals go; called in the loop's thread, not in a signal handler.
class signal_sink {
 public:
  virtual void signalled(int number, int count) = 0;
  /// The loop ends. `unseen`: whether the signal came and signalled() was not called any more.
  virtual void disconnected(int number, bool unseen) noexcept = 0;

 protected:
  ~signal_sink() = default;
};

/// A signal may have several sinks in a loop, one handler among them; the one that came last gets it. When the last sink
/// is gone the signal has its former action again.
class signal_hub {
 public:
  explicit signal_hub(kernel& home) noexcept : home_(home) {}
  signal_hub(signal_hub const&) = delete;
  signal_hub& operator=(signal_hub const&) = delete;
  ~signal_hub() { clear(); }

  /// The loop's handler, in place of the one before.
  void set_handler(int number, std::function<void()> fn);
  /// @return whether there was one.
  bool remove_handler(int number);

  void add(int number, signal_sink& sink, char const* who);
  /// @return whether the signal came for this sink and signalled() was not called yet.
  bool remove(int number, signal_sink& sink) noexcept;

  /// Gives the sinks what has come.
  void dispatch();
  /// In the child of a fork, which has given up the signals of the parent's loops: those of this one are its own again.
  void claim_again() noexcept;
  /// Nobody gets anything any more.
  void clear() noexcept;

 private:
  class handler;
  struct entry {
    int number;
    std::vector<signal_sink*> sinks;  // the last one is in force
    std::shared_ptr<handler> own;
  };
  void woken();
  using entries = std::vector<entry>;

  entry& claim(int number, char const* who);
  entries::iterator find(int number) noexcept;
  void drop_if_unused(entries::iterator e) noexcept;

  kernel& home_;
  entries entries_;
  std::shared_ptr<wake_pipe> pipe_;
};

}  // namespace asyncio::detail
