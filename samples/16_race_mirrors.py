# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# Three mirrors are asked at once and the first answer wins; the connections to the others are closed at that moment.
import asyncio


async def serve(delay):
    async def answer(_reader, writer):
        await asyncio.sleep(delay)
        writer.write(b"the page\n")
        writer.close()

    return await asyncio.start_server(answer, "127.0.0.1", 0)


async def fetch(mirror, port):
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            page = await reader.readline()
        finally:
            writer.close()
        return f"{mirror} sent {page.decode()}"
    except asyncio.CancelledError:
        print(mirror, "was too slow")
        raise


async def race(coroutines):
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    return done.pop().result()


async def main():
    servers = []
    downloads = []
    for mirror, delay in (("paris", 0.3), ("oslo", 0.1), ("rome", 0.2)):
        servers.append(await serve(delay))
        downloads.append(fetch(mirror, servers[-1].sockets[0].getsockname()[1]))
    print(await race(downloads), end="")
    for server in servers:
        server.close()


asyncio.run(main())
