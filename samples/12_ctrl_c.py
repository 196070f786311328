# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# Press Ctrl-C: the program is cancelled, cleans up in its own time, and ends with exit code 130.
import asyncio
import os
import signal
import sys


async def serve():
    print("serving until Ctrl-C", flush=True)
    await asyncio.Event().wait()


async def clean_up():
    print("closing connections")
    await asyncio.sleep(0.5)
    print("closed")


async def main():
    # For demonstrations and tests nobody needs to be at the keyboard.
    if "--self" in sys.argv or os.environ.get("ASYNCIO_CLOCK") == "virtual":
        asyncio.get_running_loop().call_later(1, signal.raise_signal, signal.SIGINT)
    try:
        await serve()
    finally:
        await clean_up()


try:
    asyncio.run(main())
except KeyboardInterrupt:
    sys.exit(130)
