# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# Three stages joined by two queues. When a stage has no more it shuts its queue down, and the stage behind ends by itself.
import asyncio

END = None


class Queue(asyncio.Queue):
    def shutdown(self):  # Python 3.13 has it; for one consumer a last item does the same, if it needs no place
        self._put(END)
        self._wakeup_next(self._getters)


async def read(lines):
    for line in ["the quick brown fox", "jumps over", "the lazy dog"]:
        await asyncio.sleep(0.01)
        print(f"read: {line}")
        await lines.put(line)
    lines.shutdown()
    print("read: no more lines")


async def split(lines, words):
    while (line := await lines.get()) is not END:
        for word in line.split(" "):
            await words.put(word)
    words.shutdown()
    print("split: no more words")


async def count(words):
    letters = 0
    while (word := await words.get()) is not END:
        await asyncio.sleep(0.004)
        letters += len(word)
        print(f"count: {word}, {letters} letters so far")
    print("count: done")
    return letters


async def main():
    lines, words = Queue(1), Queue(2)
    _, _, letters = await asyncio.gather(read(lines), split(lines, words), count(words))
    print(f"{letters} letters")


asyncio.run(main())
