// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/task/done_callback.hpp>
#include <asyncio/detail/task/report.hpp>

#include <atomic>
#include <memory>

namespace asyncio::detail {

namespace {

std::uint64_t next_callback_number() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

done_callback::done_callback(task_loop& home)
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

void callback_index::added(std::unique_ptr<callback_index>& index, done_callback& cb) noexcept {
  if (!index) return;
  try {
    index->known_.emplace(cb.number(), &cb);
  } catch (...) {  // no memory: it is rebuilt when needed
    index.reset();
  }
}

std::size_t callback_index::remove(std::unique_ptr<callback_index>& index, list<ready_node>& waiters,
                                   std::uint64_t number) {
  if (!index) {
    auto fresh = std::make_unique<callback_index>();
    waiters.for_each([&](ready_node& node) {
      if (auto* const cb = dynamic_cast<done_callback*>(&node)) fresh->known_.emplace(cb->number(), cb);
    });
    index = std::move(fresh);
  }
  auto const known = index->known_.find(number);
  if (known == index->known_.end()) return 0;
  done_callback* const found = known->second;
  index->known_.erase(known);
  found->unlink();
  delete found;  // last: its destructor may remove other callbacks
  return 1;
}

}  // namespace asyncio::detail
