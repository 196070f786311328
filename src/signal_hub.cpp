#include <asyncio/context.hpp>
#include <asyncio/detail/kernel.hpp>
#include <asyncio/detail/signal_hub.hpp>
#include <asyncio/detail/signal_table.hpp>
#include <asyncio/detail/wake_pipe.hpp>
#include <asyncio/loop.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace asyncio::detail {

/// What add_signal_handler was given. A call that stands in the queue keeps it alive.
class signal_hub::handler final : public signal_sink, public std::enable_shared_from_this<handler> {
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

signal_hub::entries::iterator signal_hub::find(int number) noexcept {
  return std::find_if(entries_.begin(), entries_.end(), [number](entry const& e) { return e.number == number; });
}

signal_hub::entry& signal_hub::claim(int number, char const* who) {
  if (auto const found = find(number); found != entries_.end()) return *found;
  bool const wakes = !home_.time_source().is_virtual();
  if (wakes && !pipe_) {
    pipe_ = wake_pipe::open(home_.context(), [this] { woken(); });
    if (!pipe_) throw std::system_error(errno, std::generic_category(), who);
  }
  entries_.reserve(entries_.size() + 1);
  signal_table::claim(number, home_, wakes ? pipe_->write_end() : signal_table::no_descriptor, who);
  if (wakes) pipe_->listen();
  entries_.push_back({number, {}, nullptr});
  return entries_.back();
}

void signal_hub::drop_if_unused(entries::iterator e) noexcept {
  if (!e->sinks.empty()) return;
  signal_table::give_up(e->number, home_);
  entries_.erase(e);
  if (entries_.empty() && pipe_) pipe_->pause();
}

void signal_hub::set_handler(int number, std::function<void()> fn) {
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

bool signal_hub::remove_handler(int number) {
  signal_table::require_signal(number, "asyncio::loop::remove_signal_handler");
  auto const found = find(number);
  if (found == entries_.end() || !found->own) return false;
  auto const gone = std::exchange(found->own, nullptr);
  gone->disconnected(number, remove(number, *gone));
  return true;
}

void signal_hub::add(int number, signal_sink& sink, char const* who) {
  entry& e = claim(number, who);
  try {
    e.sinks.push_back(&sink);
  } catch (...) {
    drop_if_unused(find(number));
    throw;
  }
}

bool signal_hub::remove(int number, signal_sink& sink) noexcept {
  auto const found = find(number);
  if (found == entries_.end()) return false;
  bool const in_force = found->sinks.back() == &sink;
  std::erase(found->sinks, &sink);
  drop_if_unused(found);
  return in_force && signal_table::take(number) > 0;
}

void signal_hub::woken() {
  kernel::visit const inside(home_);
  if (!inside) [[unlikely]] {  // without an error: the pipe goes on listening
    boost::asio::post(home_.context(), [this] { woken(); });
    return;
  }
  dispatch();
}

void signal_hub::dispatch() {
  for (entry& e : entries_)
    if (int const count = signal_table::take(e.number); count > 0) e.sinks.back()->signalled(e.number, count);
}

void signal_hub::claim_again() noexcept {
  for (std::size_t i = entries_.size(); i-- > 0;) {
    entry& e = entries_[i];
    try {
      signal_table::claim(e.number, home_, pipe_ ? pipe_->write_end() : signal_table::no_descriptor, "asyncio::loop");
    } catch (...) {  // another loop of the child was faster
      for (signal_sink* const s : e.sinks) s->disconnected(e.number, false);
      entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

void signal_hub::clear() noexcept {
  for (entry& e : entries_) {
    signal_table::give_up(e.number, home_);
    bool const unseen = signal_table::take(e.number) > 0;
    for (signal_sink* const s : e.sinks) s->disconnected(e.number, unseen && s == e.sinks.back());
  }
  entries_.clear();
  if (pipe_) pipe_->close();
  pipe_ = nullptr;
}

}  // namespace asyncio::detail
