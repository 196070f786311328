// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
//! The rows of the performance table on tokio, on one thread. See ../README.md.

use std::future::Future;
use std::pin::Pin;
use std::process::Command;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, Mutex};
use tokio::task::{yield_now, JoinHandle};
use tokio::time::{sleep, timeout, Sleep};

const MANY_TASKS: usize = 100_000;
const SLEEPING_TASKS: usize = 1_000_000;
const SWITCHES: usize = 1_000_000;
const ITEMS: usize = 100_000;
const CONTENDERS: usize = 100;
const ACQUISITIONS: usize = 1_000;
const AWAITS: usize = 100;
const TIMERS_AT_ONCE: usize = 100;
const TIMER_ROUNDS: usize = 100;
/// Operations per iteration where one is too short to be measured.
const SMALL: usize = 1_000;
const CONNECTIONS: usize = 64;
/// Of each connection, with the client's warm-up.
const MESSAGES: usize = 520;
const LONGEST_REPEATED: Duration = Duration::from_millis(500);
const HOUR: Duration = Duration::from_secs(3600);

struct Options {
    min_time: Duration,
    echo_client: String,
}

fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    assert_eq!(failed, 0);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn wall_time() -> Duration {
    thread_local!(static STARTED: Instant = Instant::now());
    STARTED.with(|started| started.elapsed())
}

/// SplitMix64: enough for delays.
fn random_below(end: u64) -> u64 {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    static STATE: AtomicU64 = AtomicU64::new(1);
    let mut z = STATE.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) % end
}

/// One to two hours, for timers that never fire.
fn hours() -> Duration {
    HOUR + Duration::from_micros(random_below(3_600_000_000))
}

/// 20 to 200 ms, for the row latency.
fn nap() -> Duration {
    Duration::from_micros(20_000 + random_below(180_000))
}

/// Keeps the compiler from computing `value` in advance or not at all; `std::hint` has it from Rust 1.66 on.
fn black_box(value: usize) -> usize {
    unsafe { std::ptr::read_volatile(&value) }
}

/// ns per operation; `iteration` does `operations` of them.
async fn measure<I, F>(options: &Options, operations: usize, clock: fn() -> Duration, mut iteration: I) -> String
where
    I: FnMut() -> F,
    F: Future<Output = ()>,
{
    let begin = clock();
    iteration().await;
    let mut spent = clock() - begin;
    let mut count = 1;
    while spent < LONGEST_REPEATED {
        let begin = clock();
        for _ in 0..count {
            iteration().await;
        }
        spent = clock() - begin;
        if spent >= options.min_time {
            break;
        }
        let needed = 1.4 * count as f64 * options.min_time.as_secs_f64() / spent.as_secs_f64().max(1e-9);
        count = (10 * count).min(needed as usize + 1);
    }
    format!("\"ns_per_op\": {}", spent.as_nanos() as f64 / (count * operations) as f64)
}

async fn ready(x: usize) -> usize {
    x
}

async fn yielding(x: usize) -> usize {
    yield_now().await;
    x
}

// ---- tasks

async fn gather<C, F>(n: usize, child: C) -> usize
where
    C: Fn(usize) -> F,
    F: Future<Output = usize> + Send + 'static,
{
    let tasks: Vec<JoinHandle<usize>> = (0..n).map(|i| tokio::spawn(child(i))).collect();
    let mut sum = 0;
    for task in tasks {
        sum += task.await.unwrap();
    }
    sum
}

async fn measure_gather<C, F>(options: &Options, n: usize, child: C) -> String
where
    C: Fn(usize) -> F,
    F: Future<Output = usize> + Send + 'static,
{
    let child = &child;
    measure(options, n, cpu_time, || async move {
        black_box(gather(n, child).await);
    })
    .await
}

async fn gather_sleep(options: &Options, n: usize) -> String {
    let delays: Vec<Duration> = (0..n).map(|_| Duration::from_micros(random_below(10_000))).collect();
    let delays = &delays;
    measure(options, 1, wall_time, || async move {
        let tasks: Vec<JoinHandle<()>> = delays.iter().map(|delay| tokio::spawn(sleep(*delay))).collect();
        for task in tasks {
            task.await.unwrap();
        }
    })
    .await
}

async fn cancel(options: &Options) -> String {
    measure(options, MANY_TASKS, cpu_time, || async {
        let tasks: Vec<JoinHandle<()>> = (0..MANY_TASKS).map(|_| tokio::spawn(sleep(HOUR))).collect();
        yield_now().await;
        for task in &tasks {
            task.abort();
        }
        for task in tasks {
            assert!(task.await.unwrap_err().is_cancelled());
        }
    })
    .await
}

async fn yield_often(times: usize) -> usize {
    for _ in 0..times {
        yield_now().await;
    }
    times
}

async fn pingpong(options: &Options) -> String {
    measure(options, SWITCHES, cpu_time, || async {
        gather(2, |_| yield_often(SWITCHES / 2)).await;
    })
    .await
}

// ---- channels and mutexes

async fn queue(options: &Options, capacity: usize) -> String {
    measure(options, ITEMS, cpu_time, || async move {
        let (sender, mut receiver) = mpsc::channel(capacity);
        let producer = tokio::spawn(async move {
            for i in 0..ITEMS {
                sender.send(i).await.unwrap();
            }
        });
        let mut sum = 0;
        while let Some(item) = receiver.recv().await {
            sum += item;
        }
        black_box(sum);
        producer.await.unwrap();
    })
    .await
}

async fn lock(options: &Options) -> String {
    let mutex = &Mutex::new(0);
    measure(options, SMALL, cpu_time, || async move {
        for i in 0..SMALL {
            *mutex.lock().await = i;
        }
    })
    .await
}

async fn lock_try(options: &Options) -> String {
    let mutex = &Mutex::new(0);
    measure(options, SMALL, cpu_time, || async move {
        for i in 0..SMALL {
            if let Ok(mut guard) = mutex.try_lock() {
                *guard = i;
            }
        }
    })
    .await
}

async fn hold_over_yields(mutex: Arc<Mutex<()>>) -> usize {
    for _ in 0..ACQUISITIONS {
        let _guard = mutex.lock().await;
        yield_now().await;
    }
    ACQUISITIONS
}

async fn lock_cont(options: &Options) -> String {
    let mutex = &Arc::new(Mutex::new(()));
    measure(options, CONTENDERS * ACQUISITIONS, cpu_time, || async move {
        gather(CONTENDERS, |_| hold_over_yields(mutex.clone())).await;
    })
    .await
}

// ---- timeouts and awaits

async fn measure_timeout<C, F>(options: &Options, child: C) -> String
where
    C: Fn(usize) -> F,
    F: Future<Output = usize>,
{
    let child = &child;
    measure(options, SMALL, cpu_time, || async move {
        for i in 0..SMALL {
            black_box(timeout(Duration::from_secs(1), child(i)).await.unwrap());
        }
    })
    .await
}

fn descend(depth: usize) -> Pin<Box<dyn Future<Output = usize> + Send>> {
    Box::pin(async move {
        if depth == 0 {
            0
        } else {
            1 + descend(depth - 1).await
        }
    })
}

async fn nested(options: &Options) -> String {
    measure(options, AWAITS, cpu_time, || async {
        black_box(descend(AWAITS - 1).await);
    })
    .await
}

async fn loop_ready(options: &Options) -> String {
    measure(options, SMALL, cpu_time, || async {
        for i in 0..SMALL {
            black_box(ready(black_box(i)).await);
        }
    })
    .await
}

// ---- sockets

async fn serve(mut socket: TcpStream) -> std::io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        let n = timeout(Duration::from_secs(10), socket.read(&mut buffer)).await??;
        if n == 0 {
            return Ok(());
        }
        socket.write_all(&buffer[..n]).await?;
    }
}

async fn echo(options: &Options) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            socket.set_nodelay(true).unwrap();
            tokio::spawn(serve(socket));
        }
    });
    let begin = cpu_time();
    let mut client = Command::new(&options.echo_client);
    client.arg(format!("--echo-client={}", port));
    let output = tokio::task::spawn_blocking(move || client.output().unwrap()).await.unwrap();
    let spent = cpu_time() - begin;
    server.abort();
    assert!(output.status.success(), "the echo client failed");
    format!(
        "\"ns_per_op\": {}, \"cpu_ns_per_op\": {}",
        String::from_utf8(output.stdout).unwrap().trim(),
        spent.as_nanos() as f64 / (CONNECTIONS * MESSAGES) as f64
    )
}

// ---- growth

/// A Sleep is armed when it is polled for the first time.
struct Arm<'a>(Pin<&'a mut Sleep>);

impl Future for Arm<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let _ = self.0.as_mut().poll(context);
        Poll::Ready(())
    }
}

async fn grow_timers(options: &Options, n: usize) -> String {
    let mut pending: Vec<Pin<Box<Sleep>>> = Vec::with_capacity(n);
    for _ in 0..n {
        let mut timer = Box::pin(sleep(hours()));
        Arm(timer.as_mut()).await;
        pending.push(timer);
    }
    measure(options, TIMER_ROUNDS * TIMERS_AT_ONCE, cpu_time, || async move {
        for _ in 0..TIMER_ROUNDS {
            let mut armed = Vec::with_capacity(TIMERS_AT_ONCE);
            for _ in 0..TIMERS_AT_ONCE {
                let mut timer = Box::pin(sleep(hours()));
                Arm(timer.as_mut()).await;
                armed.push(timer);
            }
            drop(armed);
            yield_now().await;
        }
    })
    .await
}

// ---- latency: 10 000 tasks sleep 20 to 200 ms at a time. The sleepers note how late they wake up.

struct Latency {
    end: Instant,
    late: std::sync::Mutex<Vec<Duration>>,
}

impl Latency {
    fn running(&self) -> bool {
        Instant::now() < self.end
    }

    async fn sleeper(self: Arc<Self>) {
        while self.running() {
            let delay = nap();
            let due = Instant::now() + delay;
            sleep(delay).await;
            self.late.lock().unwrap().push(due.elapsed());
        }
    }

    async fn worker(self: Arc<Self>) {
        while self.running() {
            sleep(nap()).await;
            let computed = Instant::now() + Duration::from_micros(10);
            while Instant::now() < computed {}
        }
    }

    async fn parent(self: Arc<Self>) {
        while self.running() {
            sleep(nap()).await;
            gather(2, yielding).await;
        }
    }
}

async fn latency() -> String {
    let test = Arc::new(Latency { end: Instant::now() + Duration::from_secs(1), late: Default::default() });
    let mut tasks: Vec<JoinHandle<()>> = Vec::new();
    tasks.extend((0..8_000).map(|_| tokio::spawn(test.clone().sleeper())));
    tasks.extend((0..1_000).map(|_| tokio::spawn(test.clone().worker())));
    tasks.extend((0..1_000).map(|_| tokio::spawn(test.clone().parent())));
    for task in tasks {
        task.await.unwrap();
    }
    let mut late = test.late.lock().unwrap();
    late.sort();
    let percentile = |share: f64| late[(share * (late.len() - 1) as f64) as usize].as_nanos();
    format!(
        "\"p50_ns\": {}, \"p99_ns\": {}, \"p999_ns\": {}",
        percentile(0.5),
        percentile(0.99),
        percentile(0.999)
    )
}

// ---- memory

fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as usize
}

async fn mem() -> String {
    let before = resident_bytes();
    let asleep = Arc::new(AtomicUsize::new(0));
    for _ in 0..SLEEPING_TASKS {
        let asleep = asleep.clone();
        tokio::spawn(async move {
            asleep.fetch_add(1, Ordering::Relaxed);
            sleep(HOUR).await;
        });
    }
    while asleep.load(Ordering::Relaxed) < SLEEPING_TASKS {
        yield_now().await;
    }
    format!("\"bytes_per_task\": {}", (resident_bytes() - before) as f64 / SLEEPING_TASKS as f64)
}

async fn run_row(options: Arc<Options>, name: String) -> String {
    let options = &*options;
    let (row, n) = name.split_once(':').unwrap_or((&name, "0"));
    let n: usize = n.parse().unwrap_or(0);
    match row {
        "spawn_join" => measure_gather(options, MANY_TASKS, ready).await,
        "gather_ready" => measure_gather(options, n, ready).await,
        "gather_yield" | "grow_tasks" => measure_gather(options, n, yielding).await,
        "gather_sleep" => gather_sleep(options, n).await,
        "pingpong" => pingpong(options).await,
        "queue" => queue(options, n).await,
        "lock" => lock(options).await,
        "lock_try" => lock_try(options).await,
        "lock_cont" => lock_cont(options).await,
        "timeout_ready" => measure_timeout(options, ready).await,
        "timeout_yield" => measure_timeout(options, yielding).await,
        "cancel" => cancel(options).await,
        "nested" => nested(options).await,
        "loop_ready" => loop_ready(options).await,
        "echo" => echo(options).await,
        "latency" => latency().await,
        "mem" => mem().await,
        "grow_timers" => grow_timers(options, n).await,
        _ => "\"skipped\": \"no such row\"".to_string(),
    }
}

fn main() {
    let mut min_time = Duration::from_millis(100);
    let mut echo_client = String::new();
    for argument in std::env::args().skip(1) {
        if let Some(seconds) = argument.strip_prefix("--min-time=") {
            min_time = Duration::from_secs_f64(seconds.parse().unwrap());
        } else if let Some(program) = argument.strip_prefix("--echo-client=") {
            echo_client = program.to_string();
        } else {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            if argument == "empty" {
                runtime.block_on(async {});
                continue;
            }
            let options = Arc::new(Options { min_time, echo_client: echo_client.clone() });
            // A task of its own: what block_on itself runs is resumed by a slower path.
            let row = runtime.spawn(run_row(options, argument.clone()));
            println!("{{\"row\": \"{}\", {}}}", argument, runtime.block_on(row).unwrap());
        }
    }
}
