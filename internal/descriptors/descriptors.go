// SPDX-License-Identifier: Apache-2.0

// Package descriptors tells which descriptors a process has open, for tests that look for leaks.
package descriptors

import (
	"os"
	"path/filepath"
)

// Open returns what each open descriptor of the process is, by its number, where the system tells
// (in /proc). Any goroutine may call it.
func Open() map[string]string {
	names, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		return nil
	}
	open := map[string]string{}
	for _, name := range names {
		// The one that the listing itself was made with is gone by now.
		if target, err := os.Readlink(name); err == nil {
			open[filepath.Base(name)] = target
		}
	}
	return open
}
