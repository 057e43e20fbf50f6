// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

// The loop's clock may start anywhere.
func TestClockStartsAnywhere(t *testing.T) {
	for _, start := range []time.Duration{0, 1, -time.Hour, -1 << 62, 1 << 62} {
		t.Run(fmt.Sprint(start), func(t *testing.T) {
			v := newVirtual(t)
			v.clock.advance(start)
			v.loop.CallLater(1<<63-1, func() { t.Error("a timer of 292 years fired") })
			err := v.run(func(ctx context.Context) error {
				before := polls(v)
				err := asyncio.Sleep(ctx, time.Second)
				equal(t, "polls", polls(v)-before, 1)
				equal(t, "time", v.loop.Time()-start, time.Second)
				return err
			})
			equal(t, "error", err, nil)
			// A wait that has no number is as good as endless.
			v.fake.OnWait = func(timeout time.Duration) {
				if timeout < 1<<61 {
					t.Errorf("it waits for %v", timeout)
				}
				_ = v.loop.CallSoonThreadsafe(v.loop.Stop)
			}
			equal(t, "run", v.loop.RunForever(), nil)
		})
	}
}
