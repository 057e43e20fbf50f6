// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package cli

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/gocurtain/asyncio/trace"
)

// survivors names the processes below the command that have a recording and have not ended.
func survivors(dir string) (found []string) {
	names, _ := filepath.Glob(filepath.Join(dir, "*"+trace.Extension)) // The pattern is good.
	seen := make(map[int]bool)
	for _, name := range names {
		digits, _, _ := strings.Cut(filepath.Base(name), "-")
		pid, err := strconv.Atoi(digits)
		if err != nil || seen[pid] {
			continue
		}
		seen[pid] = true
		if p, err := os.FindProcess(pid); err == nil && p.Signal(syscall.Signal(0)) == nil {
			found = append(found, "process "+digits)
		}
	}
	return found
}
