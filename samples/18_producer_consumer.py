# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# One producer, three consumers, and room for two jobs: put() waits when the workers are behind, get() when they are ahead.
import asyncio
import os
import random


async def produce(jobs):
    for job in range(1, 13):
        await asyncio.sleep(random.uniform(0, 0.02))
        await jobs.put(job)
        print(f"job {job} is in the queue, which holds {jobs.qsize()}")


async def consume(jobs, worker, done):
    while True:
        job = await jobs.get()
        await asyncio.sleep(random.uniform(0.02, 0.08))
        print(f"worker {worker} has done job {job}")
        done.append(job)
        jobs.task_done()


async def main():
    start = asyncio.get_running_loop().time()
    jobs = asyncio.Queue(2)
    done = []
    workers = [asyncio.create_task(consume(jobs, worker, done)) for worker in range(1, 4)]
    await produce(jobs)
    await jobs.join()  # every job that was put has been reported by task_done()
    for worker in workers:
        worker.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    taken = asyncio.get_running_loop().time() - start
    print(f"{len(done)} jobs in {taken:.2f} s, {jobs.qsize()} left")


if "ASYNCIO_SEED" in os.environ:
    random.seed(int(os.environ["ASYNCIO_SEED"]))
asyncio.run(main())
