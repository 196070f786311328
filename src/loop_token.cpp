// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/loop/mailbox.hpp>
#include <asyncio/loop_token.hpp>

namespace asyncio {

bool loop_token::ended() const noexcept { return mail_->closed(); }

}  // namespace asyncio
