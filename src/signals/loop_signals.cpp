// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/context.hpp>
#include <asyncio/detail/loop/loop_core.hpp>
#include <asyncio/detail/signals/loop_signals.hpp>
#include <asyncio/detail/signals/signal_registry.hpp>
#include <asyncio/detail/signals/wake_pipe.hpp>
#include <asyncio/loop.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace asyncio::detail {

/// A handler passed to add_signal_handler. A queued call keeps it alive.
class loop_signals::handler final : public signal_sink, public std::enable_shared_from_this<handler> {
 public:
  handler(loop& home, std::function<void()> fn) : loop_(home), fn_(std::move(fn)), context_(context::copy_current()) {}

  void signalled(int, int count) override {
    for (; count > 0; --count) loop_.call_soon([self = shared_from_this()] { self->call(); });
  }
  void disconnected(int, bool) noexcept override { removed_ = true; }

 private:
  void call() {
    if (!removed_) context_.run(fn_);
  }

  loop& loop_;
  std::function<void()> fn_;
  context context_;
  bool removed_ = false;
};

loop_signals::loop_signals(loop_core& home) : home_(home) { home.add_poll_hook(*this); }

void loop_signals::poll(bool idle) {
  if (idle) signal_registry::reinstate();
  // In virtual time the context does not wait for signals: that would look like I/O in flight.
  if (home_.time_source().is_virtual()) dispatch();
}

loop_signals::entries::iterator loop_signals::find(int number) noexcept {
  return std::find_if(entries_.begin(), entries_.end(), [number](entry const& e) { return e.number == number; });
}

loop_signals::entry& loop_signals::claim(int number, char const* who) {
  if (auto const found = find(number); found != entries_.end()) return *found;
  bool const wakes = !home_.time_source().is_virtual();
  if (wakes && !pipe_) {
    pipe_ = wake_pipe::open(home_.context(), [this] { woken(); });
    if (!pipe_) throw std::system_error(errno, std::generic_category(), who);
  }
  entries_.reserve(entries_.size() + 1);
  signal_registry::claim(number, home_, wakes ? pipe_->write_end() : signal_registry::no_descriptor, who);
  if (wakes) pipe_->listen();
  entries_.push_back({number, {}, nullptr});
  return entries_.back();
}

void loop_signals::drop_if_unused(entries::iterator e) noexcept {
  if (!e->sinks.empty()) return;
  signal_registry::give_up(e->number, home_);
  entries_.erase(e);
  if (entries_.empty() && pipe_) pipe_->pause();
}

void loop_signals::set_handler(int number, std::function<void()> fn) {
  auto fresh = std::make_shared<handler>(home_.owner(), std::move(fn));
  entry& e = claim(number, "asyncio::loop::add_signal_handler");
  if (e.own) {
    std::replace(e.sinks.begin(), e.sinks.end(), static_cast<signal_sink*>(e.own.get()),
                 static_cast<signal_sink*>(fresh.get()));
    e.own->disconnected(number, false);
  } else {
    add(number, *fresh, "asyncio::loop::add_signal_handler");
  }
  e.own = std::move(fresh);
}

bool loop_signals::remove_handler(int number) {
  signal_registry::require_signal(number, "asyncio::loop::remove_signal_handler");
  auto const found = find(number);
  if (found == entries_.end() || !found->own) return false;
  auto const gone = std::exchange(found->own, nullptr);
  gone->disconnected(number, remove(number, *gone));
  return true;
}

void loop_signals::add(int number, signal_sink& sink, char const* who) {
  entry& e = claim(number, who);
  try {
    e.sinks.push_back(&sink);
  } catch (...) {
    drop_if_unused(find(number));
    throw;
  }
}

bool loop_signals::remove(int number, signal_sink& sink) noexcept {
  auto const found = find(number);
  if (found == entries_.end()) return false;
  bool const in_force = found->sinks.back() == &sink;
  std::erase(found->sinks, &sink);
  drop_if_unused(found);
  return in_force && signal_registry::take(number) > 0;
}

void loop_signals::woken() {
  loop_core::visit const inside(home_);
  if (!inside) [[unlikely]] {  // no error: the pipe continues to listen
    boost::asio::post(home_.context(), [this] { woken(); });
    return;
  }
  dispatch();
}

void loop_signals::dispatch() {
  for (entry& e : entries_)
    if (int const count = signal_registry::take(e.number); count > 0) e.sinks.back()->signalled(e.number, count);
}

void loop_signals::carried_on(bool left_behind) noexcept {
  if (!left_behind) return;
  for (std::size_t i = entries_.size(); i-- > 0;) {
    entry& e = entries_[i];
    try {
      signal_registry::claim(e.number, home_, pipe_ ? pipe_->write_end() : signal_registry::no_descriptor,
                             "asyncio::loop");
    } catch (...) {  // another loop of the child has claimed it first
      for (signal_sink* const s : e.sinks) s->disconnected(e.number, false);
      entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

void loop_signals::clear() noexcept {
  for (entry& e : entries_) {
    signal_registry::give_up(e.number, home_);
    bool const unseen = signal_registry::take(e.number) > 0;
    for (signal_sink* const s : e.sinks) s->disconnected(e.number, unseen && s == e.sinks.back());
  }
  entries_.clear();
  if (pipe_) pipe_->close();
  pipe_ = nullptr;
}

}  // namespace asyncio::detail

namespace asyncio {

void loop::set_signal_handler(int number, std::function<void()> fn) {
  loop_.check_thread("asyncio::loop::add_signal_handler");
  loop_.check_open("asyncio::loop::add_signal_handler");
  loop_.part<detail::loop_signals>().set_handler(number, std::move(fn));
}

bool loop::remove_signal_handler(int number) {
  loop_.check_thread("asyncio::loop::remove_signal_handler");
  return loop_.part<detail::loop_signals>().remove_handler(number);
}

}  // namespace asyncio
