// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// plainWorkloads are what one writes in Go without a loop.
var plainWorkloads = map[string]func(n, outstanding int) (results, error){
	"create_await": plainCreateAwait,
	"lock":         plainLock,
	"queue1":       plainQueue1,
	"timer":        plainTimer,
	"sleepers":     plainSleepers,
	"memory":       plainMemory,
}

// plainCreateAwait starts a goroutine that does nothing and receives its result, n times.
func plainCreateAwait(n, _ int) (results, error) {
	once := func() {
		result := make(chan int, 1)
		go func() { result <- 0 }()
		<-result
	}
	for range n / 10 {
		once()
	}
	m := startMeter()
	for range n {
		once()
	}
	return m.stop(n), nil
}

// plainLock locks and unlocks a mutex that nobody else wants, n times.
func plainLock(n, _ int) (results, error) {
	var free sync.Mutex
	m := startMeter()
	for range n {
		free.Lock()
		free.Unlock() //nolint:staticcheck // that is the workload
	}
	return m.stop(n), nil
}

// plainQueue1 hands n items from one goroutine to another through a channel that holds one.
func plainQueue1(n, _ int) (results, error) {
	queue, done := make(chan int, 1), make(chan struct{})
	m := startMeter()
	go func() {
		for range queue {
		}
		close(done)
	}()
	for i := range n {
		queue <- i
	}
	close(queue)
	<-done
	return m.stop(n), nil
}

// plainTimer arms a timer and stops it, n times, while others are outstanding.
func plainTimer(n, outstanding int) (results, error) {
	others := make([]*time.Timer, 0, outstanding)
	for _, delay := range scattered(outstanding) {
		others = append(others, time.AfterFunc(delay, func() {}))
	}
	delays := scattered(timerBatch)
	batches := func(count int) {
		for range count {
			for _, delay := range delays {
				time.AfterFunc(delay, func() {}).Stop()
			}
			runtime.Gosched()
		}
	}
	count := max(1, n/timerBatch)
	batches(count / 10)
	m := startMeter()
	batches(count)
	found := m.stop(count * timerBatch)
	for _, other := range others {
		other.Stop()
	}
	return found, nil
}

// plainSleepers has n goroutines sleep one second: nanoseconds over that second.
func plainSleepers(n, _ int) (results, error) {
	var wg sync.WaitGroup
	m := startMeter()
	for range n {
		wg.Go(func() { time.Sleep(time.Second) })
	}
	wg.Wait()
	return m.stop(1).less(time.Second), nil
}

// plainMemory has n goroutines asleep: bytes of resident memory each.
func plainMemory(n, _ int) (results, error) {
	var started atomic.Int64
	before, err := memoryStatus("VmRSS")
	if err != nil {
		return nil, err
	}
	for range n {
		go func() {
			started.Add(1)
			time.Sleep(time.Hour)
		}()
	}
	for started.Load() < int64(n) {
		time.Sleep(time.Millisecond)
	}
	return memoryEach(before, n)
}

// A meter measures time and allocations from its start on.
type meter struct {
	mallocs uint64
	start   time.Time
}

func startMeter() meter {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return meter{stats.Mallocs, time.Now()}
}

func (m meter) stop(n int) results {
	elapsed := time.Since(m.start)
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return results{
		"value":  float64(elapsed) / float64(n),
		"allocs": float64(stats.Mallocs-m.mallocs) / float64(n),
	}
}

func (r results) less(d time.Duration) results {
	r["value"] -= float64(d)
	return r
}

// timerBatch is how many timers are armed and cancelled in one turn of the loop.
const timerBatch = 100

// scattered gives delays between ten and twenty minutes, in no order.
func scattered(count int) []time.Duration {
	delays := make([]time.Duration, count)
	for i := range delays {
		delays[i] = 10*time.Minute + time.Duration(i*7919%count)*10*time.Minute/time.Duration(count)
	}
	return delays
}

// memoryStatus reads a line of /proc/self/status, in bytes.
func memoryStatus(key string) (int, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(status) {
		if fields := bytes.Fields(line); len(fields) >= 2 && string(fields[0]) == key+":" {
			kib, err := strconv.Atoi(string(fields[1]))
			return kib * 1024, err
		}
	}
	return 0, errors.New("no " + key + " in /proc/self/status")
}

// memoryEach divides what the process has grown by the number of sleepers.
func memoryEach(before, n int) (results, error) {
	now, err := memoryStatus("VmRSS")
	if err != nil {
		return nil, err
	}
	peak, err := memoryStatus("VmHWM")
	if err != nil {
		return nil, err
	}
	return results{"value": float64(now-before) / float64(n), "peak": float64(peak-before) / float64(n)}, nil
}
