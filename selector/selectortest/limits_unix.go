// SPDX-License-Identifier: Apache-2.0

//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package selectortest

import (
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/gocurtain/asyncio/internal/sys"
	"github.com/gocurtain/asyncio/selector"
)

// needDescriptors skips where the process may not open that many. Go raises the soft limit to the
// hard one at start, so there is nothing left to raise.
func needDescriptors(t *testing.T, n int) {
	t.Helper()
	var limit syscall.Rlimit
	must(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	if uint64(limit.Cur) < uint64(n) {
		t.Skipf("needs %d descriptors, the limit is %d (ulimit -n)", n, limit.Cur)
	}
}

// checkSetSize checks that select refuses a descriptor too large for its sets in plain words, and
// stays usable.
func checkSetSize(t *testing.T, s selector.Selector, d *desk) {
	t.Helper()
	in, out := d.pipe()
	must(t, s.Register(in, r, nil))
	d.write(out)
	large := in
	for large < sys.FdSetSize {
		large, _ = d.pipe()
	}
	err := s.Register(large, r, nil)
	if err == nil || !strings.Contains(err.Error(), strconv.Itoa(sys.FdSetSize)) {
		t.Errorf("Register(%d): error is %v, want one that names the limit %d", large, err, sys.FdSetSize)
	}
	wantReady(t, s, ready{in: r})
}
