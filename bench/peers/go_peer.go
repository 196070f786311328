// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The rows of the performance table on Go. See README.md.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	manyTasks       = 100_000
	sleepingTasks   = 1_000_000
	switches        = 1_000_000
	items           = 100_000
	contenders      = 100
	acquisitions    = 1_000
	timersAtOnce    = 100
	timerRounds     = 100
	small           = 1_000 // operations per iteration where one is too short to be measured
	connections     = 64
	messages        = 520 // of each connection, with the client's warm-up
	longestRepeated = 500 * time.Millisecond
)

type result map[string]interface{}

var (
	minTime    = 100 * time.Millisecond
	echoClient string
)

func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

var started = time.Now()

func wallTime() time.Duration { return time.Since(started) }

// measure returns ns per operation; iteration does that many operations.
func measure(operations int, clock func() time.Duration, iteration func()) result {
	begin := clock()
	iteration()
	spent := clock() - begin
	count := 1
	for spent < longestRepeated {
		begin = clock()
		for i := 0; i < count; i++ {
			iteration()
		}
		spent = clock() - begin
		if spent >= minTime {
			break
		}
		needed := int(1.4*float64(count)*float64(minTime)/float64(spent+1)) + 1
		if count *= 10; needed < count {
			count = needed
		}
	}
	return result{"ns_per_op": float64(spent) / (float64(count) * float64(operations))}
}

func ready(x int) int { return x }

func yielding(x int) int {
	runtime.Gosched()
	return x
}

func nothing() {}

// hours is a delay of one to two hours, for timers that never fire.
func hours() time.Duration { return time.Hour + time.Duration(rand.Int63n(int64(time.Hour))) }

// ---- goroutines

func gather(n int, child func(int) int) []int {
	results := make([]int, n)
	var group sync.WaitGroup
	group.Add(n)
	for i := 0; i < n; i++ {
		go func(i int) {
			results[i] = child(i)
			group.Done()
		}(i)
	}
	group.Wait()
	return results
}

func measureGather(n int, child func(int) int) result {
	return measure(n, cpuTime, func() { gather(n, child) })
}

func gatherSleep(n int) result {
	delays := make([]time.Duration, n)
	for i := range delays {
		delays[i] = time.Duration(rand.Int63n(int64(10 * time.Millisecond)))
	}
	return measure(1, wallTime, func() {
		gather(n, func(i int) int {
			time.Sleep(delays[i])
			return i
		})
	})
}

func cancel(int) result {
	return measure(manyTasks, cpuTime, func() {
		cancels := make([]context.CancelFunc, manyTasks)
		var group sync.WaitGroup
		group.Add(manyTasks)
		for i := range cancels {
			ctx, cancel := context.WithCancel(context.Background())
			cancels[i] = cancel
			go func() {
				defer group.Done()
				timer := time.NewTimer(time.Hour)
				defer timer.Stop()
				select {
				case <-timer.C:
				case <-ctx.Done():
				}
			}()
		}
		runtime.Gosched()
		for _, cancel := range cancels {
			cancel()
		}
		group.Wait()
	})
}

func pingpong(int) result {
	return measure(switches, cpuTime, func() {
		gather(2, func(int) int {
			for i := 0; i < switches/2; i++ {
				runtime.Gosched()
			}
			return 0
		})
	})
}

// ---- channels and mutexes

func queue(capacity int) result {
	bounded := make(chan int, capacity)
	return measure(items, cpuTime, func() {
		go func() {
			for i := 0; i < items; i++ {
				bounded <- i
			}
		}()
		sum := 0
		for i := 0; i < items; i++ {
			sum += <-bounded
		}
	})
}

func lock(int) result {
	var mutex sync.Mutex
	return measure(small, cpuTime, func() {
		for i := 0; i < small; i++ {
			mutex.Lock()
			mutex.Unlock()
		}
	})
}

func lockTry(int) result {
	var mutex sync.Mutex
	return measure(small, cpuTime, func() {
		for i := 0; i < small; i++ {
			if mutex.TryLock() {
				mutex.Unlock()
			}
		}
	})
}

func lockContended(int) result {
	var mutex sync.Mutex
	return measure(contenders*acquisitions, cpuTime, func() {
		gather(contenders, func(int) int {
			for i := 0; i < acquisitions; i++ {
				mutex.Lock()
				runtime.Gosched()
				mutex.Unlock()
			}
			return 0
		})
	})
}

// ---- timeouts

func timeout(child func(int) int) result {
	return measure(small, cpuTime, func() {
		for i := 0; i < small; i++ {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			done := make(chan int, 1)
			go func() { done <- child(i) }()
			select {
			case <-done:
			case <-ctx.Done():
			}
			cancel()
		}
	})
}

// ---- sockets

func serve(connection net.Conn) {
	defer connection.Close()
	buffer := make([]byte, 4096)
	for {
		if err := connection.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			return
		}
		n, err := connection.Read(buffer)
		if err != nil {
			return
		}
		if _, err := connection.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func echo(int) result {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(connection)
		}
	}()
	begin := cpuTime()
	port := listener.Addr().(*net.TCPAddr).Port
	answer, err := exec.Command(echoClient, fmt.Sprintf("--echo-client=%d", port)).Output()
	if err != nil {
		panic(err)
	}
	spent := cpuTime() - begin
	listener.Close()
	ns, err := strconv.ParseFloat(strings.TrimSpace(string(answer)), 64)
	if err != nil {
		panic(err)
	}
	return result{"ns_per_op": ns, "cpu_ns_per_op": float64(spent) / (connections * messages)}
}

// ---- growth

func growTimers(n int) result {
	pending := make([]*time.Timer, n)
	for i := range pending {
		pending[i] = time.AfterFunc(hours(), nothing)
	}
	armed := make([]*time.Timer, timersAtOnce)
	measured := measure(timerRounds*timersAtOnce, cpuTime, func() {
		for round := 0; round < timerRounds; round++ {
			for i := range armed {
				armed[i] = time.AfterFunc(hours(), nothing)
			}
			for _, timer := range armed {
				timer.Stop()
			}
			runtime.Gosched()
		}
	})
	for _, timer := range pending {
		timer.Stop()
	}
	return measured
}

// ---- latency: 10 000 goroutines sleep 20 to 200 ms at a time. The sleepers note how late they wake up.

func nap() time.Duration {
	return 20*time.Millisecond + time.Duration(rand.Int63n(int64(180*time.Millisecond)))
}

func latency(int) result {
	end := time.Now().Add(time.Second)
	var mutex sync.Mutex
	var late []time.Duration
	sleeper := func() {
		var mine []time.Duration
		for time.Now().Before(end) {
			delay := nap()
			due := time.Now().Add(delay)
			time.Sleep(delay)
			mine = append(mine, time.Since(due))
		}
		mutex.Lock()
		late = append(late, mine...)
		mutex.Unlock()
	}
	worker := func() {
		for time.Now().Before(end) {
			time.Sleep(nap())
			for computed := time.Now().Add(10 * time.Microsecond); time.Now().Before(computed); {
			}
		}
	}
	parent := func() {
		for time.Now().Before(end) {
			time.Sleep(nap())
			gather(2, yielding)
		}
	}
	gather(10_000, func(i int) int {
		switch {
		case i < 8_000:
			sleeper()
		case i < 9_000:
			worker()
		default:
			parent()
		}
		return 0
	})
	sort.Slice(late, func(i, j int) bool { return late[i] < late[j] })
	percentile := func(share float64) float64 { return float64(late[int(share*float64(len(late)-1))]) }
	return result{"p50_ns": percentile(0.5), "p99_ns": percentile(0.99), "p999_ns": percentile(0.999)}
}

// ---- memory

func residentBytes() int {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		panic(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(statm))[1])
	if err != nil {
		panic(err)
	}
	return pages * os.Getpagesize()
}

func mem(int) result {
	before := residentBytes()
	var asleep int64
	for i := 0; i < sleepingTasks; i++ {
		go func() {
			atomic.AddInt64(&asleep, 1)
			time.Sleep(time.Hour)
		}()
	}
	for atomic.LoadInt64(&asleep) < sleepingTasks {
		runtime.Gosched()
	}
	return result{"bytes_per_task": float64(residentBytes()-before) / sleepingTasks}
}

var rows = map[string]func(int) result{
	"spawn_join":    func(int) result { return measureGather(manyTasks, ready) },
	"gather_ready":  func(n int) result { return measureGather(n, ready) },
	"gather_yield":  func(n int) result { return measureGather(n, yielding) },
	"gather_sleep":  gatherSleep,
	"pingpong":      pingpong,
	"queue":         queue,
	"lock":          lock,
	"lock_try":      lockTry,
	"lock_cont":     lockContended,
	"timeout_ready": func(int) result { return timeout(ready) },
	"timeout_yield": func(int) result { return timeout(yielding) },
	"cancel":        cancel,
	"echo":          echo,
	"latency":       latency,
	"mem":           mem,
	"grow_tasks":    func(n int) result { return measureGather(n, yielding) },
	"grow_timers":   growTimers,
}

var skipped = map[string]string{
	"nested":     "Go has no await, only calls",
	"loop_ready": "Go has no await, only calls",
}

func main() {
	for _, argument := range os.Args[1:] {
		switch {
		case argument == "empty":
			return
		case strings.HasPrefix(argument, "--min-time="):
			seconds, err := strconv.ParseFloat(strings.TrimPrefix(argument, "--min-time="), 64)
			if err != nil {
				panic(err)
			}
			minTime = time.Duration(seconds * float64(time.Second))
		case strings.HasPrefix(argument, "--echo-client="):
			echoClient = strings.TrimPrefix(argument, "--echo-client=")
		default:
			name, size, _ := strings.Cut(argument, ":")
			n, _ := strconv.Atoi(size)
			answer := result{"skipped": "no such row"}
			if row, found := rows[name]; found {
				answer = row(n)
			} else if reason, found := skipped[name]; found {
				answer = result{"skipped": reason}
			}
			answer["row"] = argument
			line, err := json.Marshal(answer)
			if err != nil {
				panic(err)
			}
			fmt.Println(string(line))
		}
	}
}
