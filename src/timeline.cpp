// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/inspect/timeline_writer.hpp>
#include <asyncio/timeline.hpp>

namespace asyncio {

std::shared_ptr<instrument> timeline_to(loop& of, std::string const& path) {
  auto writer = std::make_shared<detail::timeline_writer>(of.core(), path);
  of.add_instrument(writer);
  return writer;
}

}  // namespace asyncio
