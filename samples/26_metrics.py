# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# What runs, in numbers for Prometheus: `26_metrics.py 9464` serves them until Ctrl-C; without a port it asks itself and
# ends. asyncio does not count its tasks: a task factory does.
import asyncio
import socket
import sys

created = 0


def counting(loop, coroutine, **options):
    global created
    created += 1
    return asyncio.Task(coroutine, loop=loop, **options)


def metrics():
    alive = len(asyncio.all_tasks())
    return (f"asyncio_tasks_alive {alive}\nasyncio_tasks_created_total {created}\n"
            f"asyncio_tasks_finished_total {created - alive}\n")


async def answer(connection):
    loop = asyncio.get_running_loop()
    with connection:
        async with asyncio.timeout(5):
            await loop.sock_recv(connection, 4096)
        body = metrics()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {len(body)}\r\n\r\n"
        await loop.sock_sendall(connection, (head + body).encode())


async def serve(listening):
    while True:
        connection, _ = await asyncio.get_running_loop().sock_accept(listening)
        asyncio.create_task(answer(connection))


async def scrape(address):
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"GET /metrics HTTP/1.1\r\n\r\n")
    reply = await reader.read()
    writer.close()
    return reply.partition(b"\r\n\r\n")[2].decode()


async def main(port):
    global created
    created += 1  # this one
    asyncio.get_running_loop().set_task_factory(counting)
    with socket.create_server(("127.0.0.1", port)) as listening:
        listening.setblocking(False)
        server = asyncio.create_task(serve(listening), name="server")  # kept: asyncio does not
        jobs = [asyncio.create_task(asyncio.sleep(i), name="job") for i in range(1, 6)]
        if port:
            await server
        await asyncio.sleep(2.5)
        print(await scrape(listening.getsockname()), end="")


asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
