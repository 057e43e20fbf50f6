// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"
)

// ScopesLeft says what is left in the trees of contexts of a loop that was closed: of the loop's
// own, and of ctx, which is that of a main task. It is "" if nothing is.
func ScopesLeft(l *Loop, ctx context.Context) string {
	main := ctx.(*scope)
	for what, s := range map[string]*scope{"the loop": &l.tree.root, "main": main, "the runner": main.parent.(*scope)} {
		switch {
		case s.first != nil:
			return fmt.Sprintf("%s has contexts below it", what)
		case s.hasWaiters():
			return fmt.Sprintf("%s has tasks that wait under it", what)
		case s.linked:
			return fmt.Sprintf("%s is below another context", what)
		}
	}
	if l.trees.first != nil {
		return "a context that is not ours is watched"
	}
	return ""
}

// Watched counts the contexts that are not ours which a loop watches.
func Watched(l *Loop) int { return len(l.trees.byDone) }

// Waiters counts those who wait for f.
func Waiters(f AnyFuture) int {
	n, first := 0, f.base().first
	for w := first; w != nil && (n == 0 || w != first); w = w.next {
		n++
	}
	return n
}

// UseWatchdog has a loop that does not run watched by a watchdog of its own, which looks when the
// function is called.
func UseWatchdog(l *Loop) (look func()) {
	var now atomic.Int64
	w := &watchdog{now: func() time.Duration { return time.Duration(now.Load()) }}
	l.stall.dog = w
	return func() {
		now.Add(int64(w.shortest()))
		w.look()
	}
}

// WatchdogSleeps reports whether the watchdog of the process waits for a loop to wake up.
func WatchdogSleeps() bool { return theWatchdog.parked.Load() }

// LookAround is a look of the watchdog of the process.
func LookAround() { theWatchdog.look() }

// WithWatchdog makes a loop with a threshold and a watchdog of its own.
func WithWatchdog(t testing.TB, threshold time.Duration) (l *Loop, look func()) {
	l, err := NewLoop(LoopConfig{StallThreshold: threshold})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l, UseWatchdog(l)
}

// BucketLimit is what the durations in the bucket of d are shorter than.
func BucketLimit(d time.Duration) time.Duration { return bucketLimit(bucketOf(max(d, 0))) }

// HistogramOf is that of some durations.
func HistogramOf(all ...time.Duration) Histogram {
	var h histogram
	for _, d := range all {
		h.add(d)
	}
	return h.read()
}

// HasPromised reports whether somebody waits for an answer of the loop.
func HasPromised(l *Loop) bool {
	l.outside.mu.Lock()
	defer l.outside.mu.Unlock()
	return len(l.outside.promises) > 0
}

// Relay is the arrival of a signal, without the operating system.
func Relay(l *Loop, sig os.Signal) { signalsOf(l).relay(sig) }

// ScopeInUse reports whether something below a context of ours has not ended, or waits under it.
func ScopeInUse(ctx context.Context) bool {
	s := ctx.(*scope)
	return s.first != nil || s.hasWaiters()
}
