// SPDX-License-Identifier: Apache-2.0

//go:build !(linux || darwin || dragonfly || freebsd || netbsd || openbsd)

package selectortest

import (
	"runtime"
	"testing"

	"github.com/gocurtain/asyncio/selector"
)

// Run skips: this system has no selector.
func Run(t *testing.T, _ func() (selector.Selector, error)) {
	t.Skip("no selector on " + runtime.GOOS)
}

// RunWaker skips: this system has no waker.
func RunWaker(t *testing.T, _ func() (selector.Waker, error)) {
	t.Skip("no waker on " + runtime.GOOS)
}
