# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# The program makes and runs the loop itself: tasks, sockets and timeouts share it.
import asyncio


async def echo(reader, writer):
    line = await reader.readline()
    print("server received", line.decode(), end="")
    writer.write(line)
    writer.close()


async def talk(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"hello\n")
    async with asyncio.timeout(5):
        line = await reader.readline()
    writer.close()
    return line.decode()


loop = asyncio.new_event_loop()
server = loop.run_until_complete(asyncio.start_server(echo, "127.0.0.1", 0))
client = loop.create_task(talk(server.sockets[0].getsockname()[1]))
loop.run_until_complete(client)
print("client received", client.result(), end="")
server.close()
loop.run_until_complete(server.wait_closed())
loop.close()
