#include <asyncio/detail/mailbox.hpp>
#include <asyncio/detail/stop_link.hpp>

namespace asyncio::detail {

void stop_link::connect(kernel& home, std::stop_token const& token) {
  home_ = &home;
  mail_ = home.mail();
  on_stop_.emplace(token, request{this});
}

void stop_link::disconnect() noexcept {
  if (!on_stop_) return;
  on_stop_.reset();
  mail_->withdraw(turn_);
}

void stop_link::requested() noexcept {
  if (home_->in_thread()) {
    home_->push_ready(turn_);
  } else {
    (void)mail_->send(turn_);  // a loop that ends gives up what waits in it
  }
}

}  // namespace asyncio::detail
