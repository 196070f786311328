#include <asyncio/detail/report.hpp>

namespace asyncio::detail {

void report(kernel* home, context_slot* context, exception_context const& what) noexcept {
  if (home == nullptr || !home->belongs_here()) {
    log_report(*default_logger(), what);
    return;
  }
  kernel::entry const inside(*home);
  if (context == nullptr) {
    home->owner().call_exception_handler(what);
    return;
  }
  context_slot* const before = exchange_context_slot(context);
  home->owner().call_exception_handler(what);
  exchange_context_slot(before);
}

}  // namespace asyncio::detail
