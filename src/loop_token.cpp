#include <asyncio/detail/mailbox.hpp>
#include <asyncio/loop_token.hpp>

namespace asyncio {

bool loop_token::ended() const noexcept { return mail_->closed(); }

}  // namespace asyncio
