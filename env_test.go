// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/record"
	"github.com/gocurtain/asyncio/trace"
)

// A wake-up has the place of whoever resolved what was waited for. What the loop does of itself has
// none: least of all that of the call of Run.
func TestRecordedSites(t *testing.T) {
	var recording bytes.Buffer
	rec, err := record.Stream(&recording, record.Options{Sites: true})
	if err != nil {
		t.Fatal(err)
	}
	r, err := asyncio.NewRunner(asyncio.RunnerConfig{Loop: asyncio.LoopConfig{Hooks: rec}})
	if err != nil {
		t.Fatal(err)
	}
	err = r.Run(func(ctx context.Context) error {
		f := asyncio.NewFuture[int](asyncio.RunningLoop(ctx))
		asyncio.RunningLoop(ctx).CallSoon(func() { _ = f.SetResult(1) })
		if _, err := f.Await(ctx); err != nil {
			return err
		}
		return asyncio.Sleep(ctx, time.Nanosecond)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	src, err := trace.NewSource(&recording)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[trace.Wake]string)
	err = src.All(func(r trace.Record) bool {
		if r.Kind == trace.KindTaskWoken {
			got[trace.Wake(r.Aux)] = filepath.Base(src.Site(r.Site).File)
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "place of the future's wake-up", got[trace.WakeFuture], "env_test.go")
	equal(t, "place of the timer's wake-up", got[trace.WakeTimer], ".")
}
