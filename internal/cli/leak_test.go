// SPDX-License-Identifier: Apache-2.0

//go:build unix

package cli_test

import (
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// openFiles returns the descriptors of this process and what they are, nothing where the system
// does not tell.
func openFiles() map[string]string {
	files := map[string]string{}
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, e := range entries {
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil {
			files[e.Name()] = to
		}
	}
	return files
}

// leaked lists what the tests left behind: descriptors, goroutines, and curtain's directories. What
// is only just ending gets some time to do so.
func leaked(before map[string]string, tmp string) (leaks []string) {
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		leaks = leaks[:0]
		now := openFiles()
		maps.DeleteFunc(now, func(fd, to string) bool {
			_, ok := before[fd]
			return ok || strings.HasPrefix(to, "anon_inode") || strings.HasSuffix(to, "/fd") // the runtime's, and our own look
		})
		for fd, to := range now {
			leaks = append(leaks, "descriptor "+fd+": "+to)
		}
		dirs, _ := filepath.Glob(filepath.Join(tmp, "curtain-*"))
		leaks = append(leaks, dirs...)
		buf := make([]byte, 1<<20)
		buf = buf[:runtime.Stack(buf, true)]
		for g := range strings.SplitSeq(string(buf), "\n\n") {
			if !strings.Contains(g, "testing.(*M).Run") && !strings.Contains(g, "cli_test.leaked") && !strings.Contains(g, "os/signal") {
				leaks = append(leaks, g)
			}
		}
		if len(leaks) == 0 || time.Now().After(deadline) {
			return leaks
		}
	}
}
