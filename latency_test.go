// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"testing"

	"github.com/gocurtain/asyncio"
)

// One turn in 256 is measured, and the first callback that is scheduled in it.
func TestLatencyIsSampled(t *testing.T) {
	var latency asyncio.Latency
	err := asyncio.Run(func(ctx context.Context) error {
		for range 256 * 20 {
			if err := asyncio.Sleep(ctx, 0); err != nil {
				return err
			}
		}
		latency = asyncio.RunningLoop(ctx).Latency()
		return nil
	})
	equal(t, "error", err, nil)
	for name, n := range map[string]uint64{"turns": latency.Turns.Count, "delays": latency.Delays.Count} {
		if n < 18 || n > 40 {
			t.Errorf("%d %s in 20 times 256 turns", n, name)
		}
	}
	if latency.Turns.Sum <= 0 || latency.Turns.Quantile(0.5) <= 0 {
		t.Errorf("they took %v", latency.Turns.Sum)
	}
}

func TestVirtualTimeHasNoLatency(t *testing.T) {
	v := newVirtual(t)
	err := v.run(func(ctx context.Context) error {
		for range 1000 {
			yield(t, ctx)
		}
		return nil
	})
	equal(t, "error", err, nil)
	equal(t, "turns", v.loop.Latency().Turns.Count, 0)
}
