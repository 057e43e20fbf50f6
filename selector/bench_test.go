// SPDX-License-Identifier: Apache-2.0

//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package selector_test

import (
	"fmt"
	"testing"

	"github.com/gocurtain/asyncio/internal/sys"
	"github.com/gocurtain/asyncio/selector"
)

// eachSelector runs a benchmark on every selector, given the read ends of n pipes that it can hold.
func eachSelector(b *testing.B, n int, bench func(b *testing.B, s selector.Selector, fds []int)) {
	for _, name := range selector.Names() {
		b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
			if name == "select" && 2*n > sys.FdSetSize/2 {
				b.Skip("more descriptors than select takes")
			}
			s, err := selector.Open(name)
			check(b, err)
			defer s.Close()
			fds := make([]int, n)
			for i := range fds {
				in, out, err := sys.Pipe()
				check(b, err)
				defer sys.Close(in)
				defer sys.Close(out)
				fds[i] = in
			}
			bench(b, s, fds)
		})
	}
}

func check(b *testing.B, err error) {
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkWait is the cost of a Wait that finds nothing and does not wait.
func BenchmarkWait(b *testing.B) {
	for _, n := range []int{1, 1000} {
		eachSelector(b, n, func(b *testing.B, s selector.Selector, fds []int) {
			for _, fd := range fds {
				check(b, s.Register(fd, selector.Readable, nil))
			}
			b.ReportAllocs()
			var events []selector.Event
			for b.Loop() {
				events, _ = s.Wait(0, events)
			}
		})
	}
}

func BenchmarkRegisterUnregister(b *testing.B) {
	eachSelector(b, 1, func(b *testing.B, s selector.Selector, fds []int) {
		b.ReportAllocs()
		for b.Loop() {
			check(b, s.Register(fds[0], selector.Readable, nil))
			check(b, s.Unregister(fds[0]))
		}
	})
}

func BenchmarkWakeDrain(b *testing.B) {
	for _, name := range selector.WakerNames() {
		b.Run(name, func(b *testing.B) {
			waker, err := selector.OpenWaker(name)
			check(b, err)
			defer waker.Close()
			b.ReportAllocs()
			for b.Loop() {
				check(b, waker.Wake())
				check(b, waker.Drain())
			}
		})
	}
}
