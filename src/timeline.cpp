#include <asyncio/detail/timeline_writer.hpp>
#include <asyncio/timeline.hpp>

namespace asyncio {

std::shared_ptr<instrument> timeline_to(loop& of, std::string const& path) {
  auto writer = std::make_shared<detail::timeline_writer>(of.kernel(), path);
  of.add_instrument(writer);
  return writer;
}

}  // namespace asyncio
