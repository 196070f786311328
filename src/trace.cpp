#include <asyncio/detail/trace_writer.hpp>
#include <asyncio/trace.hpp>

namespace asyncio {

std::shared_ptr<instrument> trace_to(loop& of, std::string const& path) {
  auto writer = std::make_shared<detail::trace_writer>(of.kernel(), path);
  of.add_instrument(writer);
  return writer;
}

}  // namespace asyncio
