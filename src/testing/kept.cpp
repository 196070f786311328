#include <asyncio/testing/kept.hpp>

#include <asyncio/error.hpp>

namespace asyncio::testing::detail {

namespace {
thread_local kept_objects* youngest = nullptr;
}

kept_objects::kept_objects() noexcept : outer_(std::exchange(youngest, this)) {}

kept_objects::~kept_objects() {
  while (!objects_.empty()) {
    auto const last = std::move(objects_.back());  // its destructor may keep more
    objects_.pop_back();
  }
  youngest = outer_;
}

kept_objects& kept_objects::current() {
  if (youngest == nullptr) {
    throw invalid_state("asyncio::testing::kept: nothing keeps the object; call it in a coroutine that testing::run runs");
  }
  return *youngest;
}

}  // namespace asyncio::testing::detail
