// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Objects that outlive the body of a test case.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace asyncio::testing {

namespace detail {

/// The objects kept by one run. `keep_alive` adds to the instance created last in this thread.
class kept_alive {
 public:
  kept_alive() noexcept;
  kept_alive(kept_alive const&) = delete;
  kept_alive& operator=(kept_alive const&) = delete;
  /// Destroys them in reverse order of creation.
  ~kept_alive();

  /// @throws invalid_state outside a run.
  [[nodiscard]] static kept_alive& current();
  void add(std::shared_ptr<void> object) { objects_.push_back(std::move(object)); }

 private:
  kept_alive* outer_;
  std::vector<std::shared_ptr<void>> objects_;
};

template <class T, class... Args>
struct kept_alive_type {
  using type = T;
};
template <class Arg>
struct kept_alive_type<void, Arg> {
  using type = std::remove_cvref_t<Arg>;
};

}  // namespace detail

/// Creates an object that lives until the run has ended and its loop is destroyed. The locals of a body are destroyed
/// with it, and a body that is cancelled or throws may leave tasks and callbacks behind that use them. Such a case
/// writes `auto& log = keep_alive<std::string>();` instead of `std::string log;`, and
/// `auto& worker = keep_alive([&]() -> awaitable<void> { ... });` keeps a lambda for the coroutines it creates.
/// @param args the constructor arguments; without `T` the object itself. @return the object.
/// @throws invalid_state outside of `testing::run`; what the constructor throws. **Threads**: that of the run.
/// **Cost**: one allocation, and an entry in a list.
template <class T = void, class... Args>
typename detail::kept_alive_type<T, Args...>::type& keep_alive(Args&&... args) {
  using type = typename detail::kept_alive_type<T, Args...>::type;
  detail::kept_alive& objects = detail::kept_alive::current();
  auto object = std::make_shared<type>(std::forward<Args>(args)...);
  objects.add(object);
  return *object;
}

/// Deprecated alias, kept for one version.
template <class T = void, class... Args>
[[deprecated("asyncio: testing::kept is called keep_alive now")]] decltype(auto) kept(Args&&... args) {
  return keep_alive<T>(std::forward<Args>(args)...);
}

}  // namespace asyncio::testing
