// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/asio/asio_queue.hpp>

#include <boost/asio/io_context.hpp>

#include <functional>

namespace asyncio::detail {

namespace {

using boost::asio::detail::op_queue;
using boost::asio::detail::op_queue_access;
using boost::asio::detail::scheduler;
using handler = boost::asio::detail::scheduler_operation;
using queue = op_queue<handler>;
using lockable = boost::asio::detail::conditionally_enabled_mutex;

queue& queue_of(scheduler&);
handler const* marker_of(scheduler&);
lockable& mutex_of(scheduler&);

/// An explicit instantiation may name private members.
template <auto Queue, auto Marker, auto Mutex>
struct reach {
  friend queue& queue_of(scheduler& s) { return s.*Queue; }
  friend handler const* marker_of(scheduler& s) { return &(s.*Marker); }  // marks the reactor's turn
  friend lockable& mutex_of(scheduler& s) { return s.*Mutex; }
};
template struct reach<&scheduler::op_queue_, &scheduler::task_operation_, &scheduler::mutex_>;

/// Handlers queued by the handler running in this thread go here first.
struct own_queue : boost::asio::detail::thread_context {
  static queue* of(scheduler& s) noexcept {
    auto* const info = thread_call_stack::contains(&s);
    return info ? &static_cast<boost::asio::detail::scheduler_thread_info*>(info)->private_op_queue : nullptr;
  }
};

/// Calls `fn(queue, index)` for each queue.
template <class F>
void for_each_queue(scheduler& s, F&& fn) {
  lockable::scoped_lock const lock(mutex_of(s));
  fn(queue_of(s), 0);
  if (queue* const q = own_queue::of(s)) fn(*q, 1);
}

}  // namespace

asio_queue::asio_queue(boost::asio::io_context& context, void const* own, std::size_t size)
    : scheduler_(boost::asio::use_service<scheduler>(context)), own_(static_cast<std::byte const*>(own)), size_(size) {}

bool asio_queue::is_own(void const* handler) const noexcept {
  auto const* const p = static_cast<std::byte const*>(handler);
  return std::less_equal<>()(own_, p) && std::less<>()(p, own_ + size_);
}

bool asio_queue::is_quiet(std::uint64_t moment) const {
  bool quiet = true;
  for_each_queue(scheduler_, [&](queue& q, int index) {
    if (moment == accepted_in_ && op_queue_access::back(q) == accepted_[index]) return;
    for (handler* h = op_queue_access::front(q); h != nullptr && quiet; h = op_queue_access::next(h))
      quiet = h == marker_of(scheduler_) || is_own(h);
  });
  return quiet;
}

void asio_queue::accept(std::uint64_t moment) {
  accepted_[0] = accepted_[1] = nullptr;
  for_each_queue(scheduler_, [this](queue& q, int index) { accepted_[index] = op_queue_access::back(q); });
  accepted_in_ = moment;
}

}  // namespace asyncio::detail
