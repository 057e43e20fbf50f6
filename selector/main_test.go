// SPDX-License-Identifier: Apache-2.0

package selector_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"
)

// TestMain fails a run after which more descriptors are open than before, where the system tells
// (/proc on Linux).
func TestMain(m *testing.M) {
	warmUp()
	before := openDescriptors()
	code := m.Run()
	leaked := slices.DeleteFunc(openDescriptors(), func(name string) bool { return slices.Contains(before, name) })
	// A fuzzing process keeps pipes to its workers, so it proves nothing.
	if fuzzing := flag.Lookup("test.fuzz").Value.String() != ""; code == 0 && len(leaked) > 0 && !fuzzing {
		fmt.Fprintf(os.Stderr, "descriptors leaked: %v\n", leaked)
		code = 1
	}
	os.Exit(code)
}

// warmUp makes the Go runtime open its own epoll and eventfd, which it keeps.
func warmUp() {
	r, w, err := os.Pipe()
	if err == nil {
		r.Close()
		w.Close()
	}
}

// openDescriptors lists the open descriptors; the directory's own is never among those that stay
// open.
func openDescriptors() []string {
	dir, err := os.Open("/proc/self/fd")
	if err != nil {
		return nil
	}
	defer dir.Close()
	own := fmt.Sprint(dir.Fd())
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == own })
}
