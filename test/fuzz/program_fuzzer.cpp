// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Bytes become a program of the differential language, which runs under virtual time: no crash, no hang, no leak, and the
// same log twice. What the bytes mean does not matter, only that every byte changes something.
#include "program.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace differential;

constexpr int deepest = 5;
constexpr std::array kinds{object_kind::queue,     object_kind::lifo,  object_kind::priority,  object_kind::lock,
                           object_kind::semaphore, object_kind::event, object_kind::condition, object_kind::barrier};

/// Reads choices off the bytes; zeros when they are used up.
class reader {
 public:
  reader(std::uint8_t const* data, std::size_t size) : next_(data), end_(data + size) {}

  [[nodiscard]] bool done() const { return next_ == end_; }
  unsigned below(unsigned n) { return done() ? 0 : *next_++ % n; }
  bool flag() { return below(2) != 0; }

  program make() {
    program p;
    p.seed = below(256);
    for (object_kind const k : kinds) p.objects.push_back({std::to_string(p.objects.size()), k, 1 + below(2)});
    while (!done()) p.main.push_back(make_statement(0));
    return p;
  }

 private:
  block make_block(int depth) {
    block b;
    for (unsigned n = below(5); n > 0 && !done(); --n) b.push_back(make_statement(depth));
    return b;
  }
  std::string name() { return "t" + std::to_string(below(6)); }
  names some_names() {
    names all;
    for (unsigned n = 1 + below(3); n > 0; --n) all.push_back(name());
    return all;
  }
  child make_child(int depth) {
    std::string task = name();
    return {std::move(task), make_block(depth + 1)};
  }
  children some_children(int depth) {
    children all;
    for (unsigned n = below(4); n > 0; --n) all.push_back(make_child(depth));
    return all;
  }
  microseconds delay() { return microseconds(below(16)); }
  std::optional<microseconds> limit() { return flag() ? std::optional(delay()) : std::nullopt; }
  object_name object(unsigned first, unsigned count) {
    unsigned const index = first + below(count);
    return {std::to_string(index), index};
  }

  statement make_statement(int depth) {
    if (depth > deepest) return {op::yield{}};
    switch (below(40)) {
      case 0: return {op::log{value("x")}};
      case 1: return {op::sleep{delay()}};
      case 2: return {op::return_{value(below(8))}};
      case 3: return {op::raise{value("e")}};
      case 4: {
        std::int64_t const count = below(3);
        return {op::repeat{count, make_block(depth + 1)}};
      }
      case 5:
      case 6:
      case 7: {
        op::try_ s;
        s.body = make_block(depth + 1);
        s.except = static_cast<caught_by>(below(6));
        s.handler = make_block(depth + 1);
        s.reraise = flag();
        s.finally = make_block(depth + 1);
        return {std::move(s)};
      }
      case 8:
      case 9:
      case 10: return {op::spawn{make_child(depth)}};
      case 11: return {op::await{name()}};
      case 12:
      case 13: return {op::cancel{below(8) == 0 ? "main" : name()}};
      case 14: return {op::self_cancel{}};
      case 15: return {op::cancelling{}};
      case 16: return {op::uncancel{}};
      case 17: return {op::state{name()}};
      case 18: return {op::gather{some_names(), flag()}};
      case 19: return {op::gather_blocks{some_children(depth), flag()}};
      case 20: return {op::wait{some_names(), static_cast<wait_mode>(below(3)), limit()}};
      case 21: return {op::as_completed{some_names(), limit()}};
      case 22: return {op::shield{name()}};
      case 23: return {op::wait_for{name(), limit()}};
      case 24:
      case 25: return {op::timeout{limit(), make_block(depth + 1)}};
      case 26:
      case 27: {
        children tasks = some_children(depth);
        return {op::group{std::move(tasks), make_block(depth + 1)}};
      }
      case 28: return {op::queue_put{object(0, 3), value(below(8))}};
      case 29: return {op::queue_get{object(0, 3)}};
      case 30: {
        constexpr unsigned lockable[] = {3, 4, 6};
        unsigned const index = lockable[below(3)];
        return {op::lock{{std::to_string(index), index}, make_block(depth + 1)}};
      }
      case 31: return {op::event_set{object(5, 1)}};
      case 32: return {op::event_clear{object(5, 1)}};
      case 33: return {op::event_wait{object(5, 1)}};
      case 34: return {op::cond_wait{object(6, 1)}};
      case 35: return {op::cond_notify{object(6, 1), below(3)}};
      case 36: return {op::barrier{object(7, 1)}};
      case 37: return {op::sleep_uniform{0, static_cast<double>(below(16))}};
      default: return {op::yield{}};
    }
  }

  std::uint8_t const* next_;
  std::uint8_t const* end_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  constexpr std::size_t longest = 400;  // repeats multiply what runs
  program const p = reader(data, std::min(size, longest)).make();
  std::string const log = log_of(p);
  if (log.find("unexpected: ") != std::string::npos || log != log_of(p)) std::abort();
  return 0;
}
