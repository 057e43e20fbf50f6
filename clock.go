// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"math"
	"time"
)

// Clock tells the loop's time. Now must never go backwards; its zero is arbitrary. Any goroutine
// may call it: the Deadline of a context needs it.
type Clock interface {
	Now() time.Duration
}

// monotonic is the ordinary clock: one read of the vDSO, no system call.
type monotonic struct{}

var clockBase = time.Now()

func (monotonic) Now() time.Duration { return time.Since(clockBase) }

// inBubble reports whether the caller is in a bubble of testing/synctest. There, and only there,
// [time.Now] has no monotonic reading.
func inBubble() bool {
	now := time.Now()
	return now == now.Round(0)
}

// Time reads the loop's clock (L14). Timers that this callback, or this step of a task, arms from
// now on count from this reading.
func (l *Loop) Time() time.Duration {
	l.mustOwn("Loop.Time")
	return l.readClock()
}

func (l *Loop) readClock() time.Duration {
	l.now, l.nowValid = l.clock.Now(), true
	return l.now
}

// time is the loop's time: a reading of the clock that is at most one callback old.
func (l *Loop) time() time.Duration {
	if !l.nowValid || !l.running {
		return l.readClock()
	}
	return l.now
}

// after adds without overflow: a timer of 292 years is not due in the past.
func (l *Loop) after(now, d time.Duration) time.Duration {
	when := now + d
	switch {
	case (d > 0) == (when > now):
		return when
	case d > 0:
		return math.MaxInt64
	default:
		return math.MinInt64
	}
}

// until is the time from now to when, at least 0. It does not overflow.
func until(when, now time.Duration) time.Duration {
	switch wait := when - now; {
	case when <= now:
		return 0
	case wait < 0:
		return math.MaxInt64
	default:
		return wait
	}
}
