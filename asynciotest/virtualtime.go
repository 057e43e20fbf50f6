// SPDX-License-Identifier: Apache-2.0

package asynciotest

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/selector"
	"github.com/gocurtain/asyncio/selector/selectortest"
)

// virtualClock is a clock that the selector moves, when nothing else is left to do.
type virtualClock struct {
	now atomic.Int64
}

func (c *virtualClock) Now() time.Duration { return time.Duration(c.now.Load()) }

// stuckAfter is how long, in real time, a loop may wait for a goroutine that it does not know.
const stuckAfter = 10 * time.Second

// virtualSelector is where time passes: a wait for a timer is a jump of the clock.
type virtualSelector struct {
	*selectortest.Fake
	clock *virtualClock
	loop  *asyncio.Loop // set before the first wait
	// alone: no goroutine is going to wake the loop, apart from its executors'.
	alone bool
}

func newVirtualSelector(clock *virtualClock, alone bool) *virtualSelector {
	s := &virtualSelector{Fake: selectortest.NewFake(), clock: clock, alone: alone}
	s.NoLog = true
	return s
}

// Wait implements [selector.Selector].
func (s *virtualSelector) Wait(timeout time.Duration, into []selector.Event) ([]selector.Event, error) {
	if timeout == 0 {
		return s.Fake.Wait(0, into)
	}
	if stats := s.loop.Stats(); stats.Jobs > stats.JobsHeldUp {
		return s.Fake.Wait(-1, into) // a blocking function takes no virtual time
	}
	events, err := s.Fake.Wait(0, into)
	if len(events) > 0 || err != nil {
		return events, err
	}
	if timeout > 0 {
		s.clock.now.Add(int64(timeout))
		return events, nil
	}
	if !s.alone {
		events, err = s.Fake.Wait(stuckAfter, events)
		if len(events) > 0 || err != nil {
			return events, err
		}
	}
	return events, s.deadlock()
}

// errDeadlock is in the error of a wait that nothing can end.
var errDeadlock = errors.New("deadlock: every task waits, and there is no timer")

func (s *virtualSelector) deadlock() error {
	return fmt.Errorf("%w\n%s", errDeadlock, strings.TrimSpace(s.loop.WaitGraph().String()))
}
