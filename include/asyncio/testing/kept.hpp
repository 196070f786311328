/// @file
/// Objects that outlive the body of a test case.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace asyncio::testing {

namespace detail {

/// What one run keeps. The one that was made last in this thread is the one that `kept` gives to.
class kept_objects {
 public:
  kept_objects() noexcept;
  kept_objects(kept_objects const&) = delete;
  kept_objects& operator=(kept_objects const&) = delete;
  /// Destroys them, the youngest first.
  ~kept_objects();

  /// @throws invalid_state outside of a run.
  [[nodiscard]] static kept_objects& current();
  void add(std::shared_ptr<void> object) { objects_.push_back(std::move(object)); }

 private:
  kept_objects* outer_;
  std::vector<std::shared_ptr<void>> objects_;
};

template <class T, class... Args>
struct kept_type {
  using type = T;
};
template <class Arg>
struct kept_type<void, Arg> {
  using type = std::remove_cvref_t<Arg>;
};

}  // namespace detail

/// Makes an object that lives until the run has ended and its loop is gone: what in Python any function may simply refer to.
/// In C++ the locals of a body die with it, and a body that is cancelled, or throws, may leave tasks and callbacks behind that
/// use them. `auto& log = kept<std::string>();` is what such a case writes instead of `std::string log;`, and
/// `auto& worker = kept([&]() -> awaitable<void> { ... });` keeps a lambda for the coroutines it makes. @param args what the
/// constructor is given; without `T` it is the object itself. @return the object. @throws invalid_state outside of
/// `testing::run`; what the constructor throws. **Threads**: that of the run. **Cost**: one allocation, and room in a list.
template <class T = void, class... Args>
typename detail::kept_type<T, Args...>::type& kept(Args&&... args) {
  using type = typename detail::kept_type<T, Args...>::type;
  detail::kept_objects& objects = detail::kept_objects::current();
  auto object = std::make_shared<type>(std::forward<Args>(args)...);
  objects.add(object);
  return *object;
}

}  // namespace asyncio::testing
