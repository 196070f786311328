#!/usr/bin/env node
// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The rows of the performance table on Node. See README.md.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleepUnless } from 'node:timers/promises';
import { promisify } from 'node:util';

const manyTasks = 100_000;
const sleepingTasks = 1_000_000;
const switches = 1_000_000;
const items = 100_000;
const contenders = 100;
const acquisitions = 1_000;
const awaits = 100;
const timersAtOnce = 100;
const timerRounds = 100;
const small = 1_000; // operations per iteration where one is too short to be measured
const connections = 64;
const messages = 520; // of each connection, with the client's warm-up
const longestRepeated = 5e8;

const options = { 'min-time': '0.1', 'echo-client': '' };

function cpuTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1e3;
}
const wallTime = () => performance.now() * 1e6;

/** ns per operation; `iteration` does `operations` of them. */
async function measure(iteration, operations, clock = cpuTime) {
  const enough = Number(options['min-time']) * 1e9;
  let begin = clock();
  await iteration();
  let spent = clock() - begin;
  let count = 1;
  while (spent < longestRepeated) {
    begin = clock();
    for (let i = 0; i < count; ++i) await iteration();
    spent = clock() - begin;
    if (spent >= enough) break;
    count = Math.min(10 * count, Math.floor((1.4 * count * enough) / Math.max(spent, 1)) + 1);
  }
  return { ns_per_op: spent / (count * operations) };
}

// An await of something that is there lets only other promises run; a turn lets in timers and I/O too, like asyncio.sleep(0).
const turn = () => new Promise((resolve) => setImmediate(resolve));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const random = (from, to) => from + Math.random() * (to - from);

async function ready(x) {
  return x;
}

async function yielding(x) {
  await turn();
  return x;
}

function nothing() {}

// ---- tasks and gather

async function createAndJoin(child, n) {
  const tasks = [];
  for (let i = 0; i < n; ++i) tasks.push(child(i));
  let sum = 0;
  for (const task of tasks) sum += await task;
  return sum;
}

function gather(child, n) {
  const tasks = [];
  for (let i = 0; i < n; ++i) tasks.push(child(i));
  return Promise.all(tasks);
}

function gatherSleep(n) {
  const delays = Array.from({ length: n }, () => random(0, 10));
  return measure(() => Promise.all(delays.map(sleep)), 1, wallTime);
}

function cancel() {
  return measure(async () => {
    const controllers = [];
    const tasks = [];
    for (let i = 0; i < manyTasks; ++i) {
      const controller = new AbortController();
      controllers.push(controller);
      tasks.push(sleepUnless(3_600_000, undefined, { signal: controller.signal }));
    }
    await turn();
    for (const controller of controllers) controller.abort();
    await Promise.allSettled(tasks);
  }, manyTasks);
}

async function yieldOften(times) {
  for (let i = 0; i < times; ++i) await turn();
}

// ---- queue and lock: Node has none, these are the usual few lines

class BoundedQueue {
  #capacity;
  #items = [];
  #getters = [];
  #putters = [];

  constructor(capacity) {
    this.#capacity = capacity;
  }

  /** A promise if it has to wait. */
  put(item) {
    const getter = this.#getters.shift();
    if (getter) return getter(item);
    if (this.#items.length < this.#capacity) {
      this.#items.push(item);
      return undefined;
    }
    return new Promise((resolve) => this.#putters.push({ item, resolve }));
  }

  get() {
    if (this.#items.length === 0) return new Promise((resolve) => this.#getters.push(resolve));
    const item = this.#items.shift();
    const putter = this.#putters.shift();
    if (putter) {
      this.#items.push(putter.item);
      putter.resolve();
    }
    return item;
  }
}

function queue(capacity) {
  const bounded = new BoundedQueue(capacity);
  const produce = async () => {
    for (let i = 0; i < items; ++i) await bounded.put(i);
  };
  return measure(async () => {
    const producer = produce();
    let sum = 0;
    for (let i = 0; i < items; ++i) sum += await bounded.get();
    await producer;
  }, items);
}

class Mutex {
  #locked = false;
  #waiters = [];

  tryAcquire() {
    if (this.#locked) return false;
    this.#locked = true;
    return true;
  }

  /** A promise if it has to wait. */
  acquire() {
    return this.tryAcquire() ? undefined : new Promise((resolve) => this.#waiters.push(resolve));
  }

  release() {
    const next = this.#waiters.shift();
    if (next) next();
    else this.#locked = false;
  }
}

function lock() {
  const mutex = new Mutex();
  return measure(async () => {
    for (let i = 0; i < small; ++i) {
      await mutex.acquire();
      mutex.release();
    }
  }, small);
}

function lockTry() {
  const mutex = new Mutex();
  return measure(async () => {
    for (let i = 0; i < small; ++i) if (mutex.tryAcquire()) mutex.release();
  }, small);
}

function lockContended() {
  const mutex = new Mutex();
  const holdOverYields = async () => {
    for (let i = 0; i < acquisitions; ++i) {
      await mutex.acquire();
      await turn();
      mutex.release();
    }
  };
  return measure(() => gather(holdOverYields, contenders), contenders * acquisitions);
}

// ---- timeouts and awaits

async function withTimeout(ms, promise) {
  let timer;
  const expired = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('timed out')), ms);
  });
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
  }
}

function timeout(child) {
  return measure(async () => {
    for (let i = 0; i < small; ++i) await withTimeout(1000, child(i));
  }, small);
}

async function descend(depth) {
  return depth === 0 ? 0 : 1 + (await descend(depth - 1));
}

function loopReady() {
  return measure(async () => {
    for (let i = 0; i < small; ++i) await ready(i);
  }, small);
}

// ---- sockets

async function echo() {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.setTimeout(10_000, () => socket.destroy());
    socket.on('data', (data) => socket.write(data));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const begin = cpuTime();
  const { stdout } = await promisify(execFile)(options['echo-client'], [`--echo-client=${server.address().port}`]);
  const spent = cpuTime() - begin;
  server.close();
  return { ns_per_op: Number(stdout), cpu_ns_per_op: spent / (connections * messages) };
}

// ---- growth

async function growTimers(n) {
  const hours = () => Math.floor(random(3_600_000, 7_200_000));
  const pending = [];
  for (let i = 0; i < n; ++i) pending.push(setTimeout(nothing, hours()));
  const result = await measure(async () => {
    const armed = [];
    for (let round = 0; round < timerRounds; ++round) {
      for (let i = 0; i < timersAtOnce; ++i) armed.push(setTimeout(nothing, hours()));
      for (const timer of armed) clearTimeout(timer);
      armed.length = 0;
      await turn();
    }
  }, timerRounds * timersAtOnce);
  pending.forEach(clearTimeout);
  return result;
}

// ---- latency: 10 000 tasks sleep 20 to 200 ms at a time. The sleepers note how late they wake up.

async function latency() {
  const end = performance.now() + 1000;
  const late = [];
  const sleeper = async () => {
    while (performance.now() < end) {
      const delay = Math.floor(random(20, 201)); // its timers know whole milliseconds only
      const due = performance.now() + delay;
      await sleep(delay);
      late.push(performance.now() - due);
    }
  };
  const worker = async () => {
    while (performance.now() < end) {
      await sleep(random(20, 200));
      const computed = performance.now() + 0.01;
      while (performance.now() < computed);
    }
  };
  const parent = async () => {
    while (performance.now() < end) {
      await sleep(random(20, 200));
      await Promise.all([yielding(1), yielding(2)]);
    }
  };
  await Promise.all([gather(sleeper, 8000), gather(worker, 1000), gather(parent, 1000)]);
  late.sort((a, b) => a - b);
  const percentile = (share) => late[Math.floor(share * (late.length - 1))] * 1e6;
  return { p50_ns: percentile(0.5), p99_ns: percentile(0.99), p999_ns: percentile(0.999) };
}

// ---- memory

function residentBytes() {
  return Number(readFileSync('/proc/self/statm', 'ascii').split(' ')[1]) * 4096;
}

async function mem() {
  let asleep = 0;
  const sleeper = async () => {
    ++asleep;
    await sleep(3_600_000);
  };
  const before = residentBytes();
  const tasks = [];
  for (let i = 0; i < sleepingTasks; ++i) tasks.push(sleeper());
  while (asleep < sleepingTasks) await turn();
  return { bytes_per_task: (residentBytes() - before) / sleepingTasks };
}

const rows = {
  spawn_join: () => measure(() => createAndJoin(ready, manyTasks), manyTasks),
  gather_ready: (n) => measure(() => gather(ready, n), n),
  gather_yield: (n) => measure(() => gather(yielding, n), n),
  gather_sleep: gatherSleep,
  pingpong: () => measure(() => Promise.all([yieldOften(switches / 2), yieldOften(switches / 2)]), switches),
  queue,
  lock,
  lock_try: lockTry,
  lock_cont: lockContended,
  timeout_ready: () => timeout(ready),
  timeout_yield: () => timeout(yielding),
  cancel,
  nested: () => measure(() => descend(awaits - 1), awaits),
  loop_ready: loopReady,
  echo,
  latency,
  mem,
  grow_tasks: (n) => measure(() => createAndJoin(yielding, n), n),
  grow_timers: growTimers,
};

const names = [];
for (const argument of process.argv.slice(2)) {
  const option = /^--([\w-]+)=(.*)$/.exec(argument);
  if (option) options[option[1]] = option[2];
  else names.push(argument);
}
for (const name of names.filter((n) => n !== 'empty')) {
  const [row, n] = name.split(':');
  const result = row in rows ? await rows[row](Number(n)) : { skipped: 'no such row' };
  console.log(JSON.stringify({ row: name, ...result }));
}
process.exit(0); // mem leaves a million timers
