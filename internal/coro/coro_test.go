// SPDX-License-Identifier: Apache-2.0

package coro

import (
	"runtime"
	"slices"
	"testing"

	"github.com/gocurtain/asyncio/internal/sys"
)

type bodyFunc func()

func (f bodyFunc) Run() { f() }

func TestSwitching(t *testing.T) {
	var log []string
	say := func(s string) { log = append(log, s) }
	c := New()
	defer c.Stop()
	for range 2 {
		c.Start(bodyFunc(func() {
			say("begin")
			c.Suspend()
			say("middle")
			c.Suspend()
			say("end")
		}))
		say("1")
		c.Resume()
		say("2")
		if c.Idle() {
			t.Fatal("idle in the middle of a body")
		}
		c.Resume()
		if !c.Idle() {
			t.Fatal("not idle after the body's end")
		}
	}
	want := []string{"begin", "1", "middle", "2", "end"}
	if !slices.Equal(log, append(want, want...)) {
		t.Fatalf("order: %q", log)
	}
}

func TestResumeFromAnotherCoroutine(t *testing.T) {
	inner, outer := New(), New()
	defer inner.Stop()
	defer outer.Stop()
	n := 0
	outer.Start(bodyFunc(func() {
		inner.Start(bodyFunc(func() {
			n++
			inner.Suspend()
			n++
		}))
	}))
	inner.Resume()
	if n != 2 || !inner.Idle() || !outer.Idle() {
		t.Fatalf("n = %d, idle: %v, %v", n, inner.Idle(), outer.Idle())
	}
}

func TestIdentity(t *testing.T) {
	if sys.CurrentG() == 0 {
		t.Skip("goroutines have no identity on this architecture")
	}
	c := New()
	defer c.Stop()
	var inside uintptr
	c.Start(bodyFunc(func() { inside = sys.CurrentG() }))
	if inside != c.G || inside == sys.CurrentG() {
		t.Fatalf("inside %#x, G %#x, outside %#x", inside, c.G, sys.CurrentG())
	}
}

func TestGoexit(t *testing.T) {
	before := runtime.NumGoroutine()
	c := New()
	cleaned := false
	c.Start(bodyFunc(func() {
		defer func() { cleaned = true }()
		runtime.Goexit()
	}))
	if !c.Dead() || c.Idle() || !cleaned {
		t.Fatalf("dead %v, idle %v, cleaned up %v", c.Dead(), c.Idle(), cleaned)
	}
	c.Bury()
	for runtime.NumGoroutine() > before {
		runtime.Gosched()
	}
}

func TestGoexitOnLockedThread(t *testing.T) {
	done := make(chan bool)
	go func() {
		// Never unlocked: the thread ends with this goroutine.
		runtime.LockOSThread()
		c := New()
		c.Start(bodyFunc(runtime.Goexit))
		c.Bury()
		done <- c.Dead()
	}()
	if !<-done {
		t.Fatal("the coroutine is not dead")
	}
}

func TestStopIdle(t *testing.T) {
	before := runtime.NumGoroutine()
	c := New()
	c.Start(bodyFunc(func() {}))
	c.Stop()
	// Fewer is fine: one that an earlier test has buried may have ended meanwhile.
	if n := runtime.NumGoroutine(); n > before {
		t.Fatalf("%d goroutines left", n-before)
	}
}

func BenchmarkSwitch(b *testing.B) {
	c := New()
	c.Start(bodyFunc(func() {
		for {
			c.Suspend()
		}
	}))
	for b.Loop() {
		c.Resume()
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		New().Stop()
	}
}

func BenchmarkStart(b *testing.B) {
	c := New()
	defer c.Stop()
	body := bodyFunc(func() {})
	for b.Loop() {
		c.Start(body)
	}
}
