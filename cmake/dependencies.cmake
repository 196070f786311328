# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# Only headers of Boost are needed (Asio, System), so there is no component to ask for. Debian's plain libboost-dev is
# 1.74, whose Asio has no awaitable cancellation: it is refused here with the name of the package that helps.
find_package(Boost 1.81 QUIET)
if(NOT Boost_FOUND)
  message(FATAL_ERROR "asyncio needs the headers of Boost 1.81 or later; there are none, or only older ones "
                      "(libboost-dev of Debian 12 is 1.74). On Debian 12: apt-get install libboost1.81-dev")
endif()

find_package(Threads REQUIRED)

# The compiled library, not the header-only one: a translation unit that logs compiles in half the time.
find_package(spdlog 1.10 QUIET)
if(NOT spdlog_FOUND)
  message(FATAL_ERROR "asyncio needs spdlog 1.10 or later, and it was not found. "
                      "On Debian 12: apt-get install libspdlog-dev")
endif()
