#include <asyncio/detail/done_callback.hpp>
#include <asyncio/detail/report.hpp>

#include <atomic>
#include <memory>

namespace asyncio::detail {

namespace {

std::uint64_t next_callback_number() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

done_callback::done_callback(kernel& home)
    : home_(home), number_(next_callback_number()), context_(copy_context_slot(current_context_slot())) {}

void done_callback::run() {
  struct when_called {
    done_callback* self;
    explicit when_called(done_callback* cb) noexcept : self(cb) {}
    when_called(when_called const&) = delete;
    when_called& operator=(when_called const&) = delete;
    ~when_called() { delete self; }
  } const leave(this);
  context_slot* const before = exchange_context_slot(&context_);
  try {
    call();
  } catch (keyboard_interrupt const&) {
    home_.escape(std::current_exception());
  } catch (...) {
    report(&home_, nullptr, "Exception in done callback", std::current_exception(),
           [this](exception_context& what) { describe(what); });
  }
  exchange_context_slot(before);
}

std::size_t remove_done_callback(list<ready_node>& waiters, std::uint64_t number) {
  done_callback* found = nullptr;
  waiters.for_each([&](ready_node& node) {
    auto* const cb = dynamic_cast<done_callback*>(&node);
    if (cb != nullptr && cb->number() == number) found = cb;
  });
  if (found == nullptr) return 0;
  found->unlink();
  delete found;  // not in the loop above: what it holds may remove other callbacks when it is destroyed
  return 1;
}

}  // namespace asyncio::detail
