#include <asyncio/testing/run.hpp>

#include <cstdlib>

namespace asyncio::testing {

run_options test_options::to_run_options() const {
  run_options o;
  o.clock(clock_kind::virtual_).handle_sigint(false).seed(seed_).shuffle(shuffle_).debug(debug_);
  return o;
}

namespace detail {

unsigned shuffle_seeds() {
  char const* const text = std::getenv("ASYNCIO_SHUFFLE_SEEDS");
  return text ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : 0;
}

}  // namespace detail
}  // namespace asyncio::testing
