// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"bytes"
	"context"
	"runtime/pprof"
	"runtime/trace"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio"
)

func profiled(cfg *asyncio.RunnerConfig) { cfg.Loop.Profile = true }

// goroutineLabels are the labels in the profile of all goroutines.
func goroutineLabels(t *testing.T) string {
	t.Helper()
	var buf bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&buf, 1); err != nil {
		t.Fatal(err)
	}
	var labels []string
	for line := range strings.Lines(buf.String()) {
		if text, ok := strings.CutPrefix(line, "# labels: "); ok {
			labels = append(labels, strings.TrimSpace(text))
		}
	}
	return strings.Join(labels, "\n")
}

// TestProfileLabels: a task that waits, one that runs, and what they have from their creator.
func TestProfileLabels(t *testing.T) {
	v := newVirtual(t, profiled)
	err := v.run(func(ctx context.Context) error {
		asyncio.CurrentTask(ctx).SetName("main")
		labelled := pprof.WithLabels(ctx, pprof.Labels("request", "42"))
		waiting := named(labelled, "waiting", forever)
		yield(t, ctx)
		labels := goroutineLabels(t)
		for _, want := range []string{`"task":"main"`, `{"request":"42", "task":"waiting"}`} {
			if !strings.Contains(labels, want) {
				t.Errorf("no %s in %s", want, labels)
			}
		}
		waiting.Cancel(nil)
		_, _, err := asyncio.Wait(ctx, asyncio.AllCompleted, waiting)
		if labels := goroutineLabels(t); strings.Contains(labels, "waiting") {
			t.Errorf("after the end: %s", labels)
		}
		return err
	})
	equal(t, "error", err, nil)
}

func TestProfileIsOff(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		asyncio.CurrentTask(ctx).SetName("unseen")
		if labels := goroutineLabels(t); strings.Contains(labels, "unseen") {
			t.Errorf("labels without asking: %s", labels)
		}
	})
}

// TestProfileRegions: the execution trace has the names of tasks.
func TestProfileRegions(t *testing.T) {
	var buf bytes.Buffer
	if err := trace.Start(&buf); err != nil {
		t.Skip(err) // the tests are being traced
	}
	v := newVirtual(t, profiled)
	err := v.run(func(ctx context.Context) error {
		_, err := named(ctx, "before", func(ctx context.Context) error { return asyncio.Sleep(ctx, 1) }).Await(ctx)
		if err != nil {
			return err
		}
		trace.Stop()
		_, err = named(ctx, "after", func(ctx context.Context) error { return asyncio.Sleep(ctx, 1) }).Await(ctx)
		return err
	})
	trace.Stop()
	equal(t, "error", err, nil)
	if text := buf.String(); !strings.Contains(text, "before") || strings.Contains(text, "after") {
		t.Errorf("before: %v, after: %v", strings.Contains(text, "before"), strings.Contains(text, "after"))
	}
}
