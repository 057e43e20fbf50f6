// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/gocurtain/asyncio/pytrace"
)

// survivors names the processes below the command that could still be recorded: those that have
// files of the directory in their memory (the probe's or their recording), and Pythons that have
// the directory in their environment.
func survivors(dir string) []string {
	real, err := filepath.EvalSymlinks(dir) // which the system tells
	if err != nil {
		return nil
	}
	// A process that ends during the search may just have started another one.
	const tries = 4
	for range tries {
		found, ended := search(dir, real)
		if len(found) > 0 || !ended {
			return found
		}
	}
	return nil
}

// search looks at each process once, and reports whether one ended meanwhile.
func search(dir, real string) (found []string, ended bool) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, false
	}
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err != nil || pid == os.Getpid() {
			continue
		}
		maps, err := os.ReadFile(filepath.Join("/proc", e.Name(), "maps"))
		if err == nil && len(maps) == 0 || errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			ended = ended || !runs(e.Name())
			continue
		}
		name := processName(e.Name())
		if bytes.Contains(maps, []byte(real+"/")) || isPython(name) && isTold(e.Name(), dir) {
			found = append(found, name+" "+e.Name())
		}
	}
	return found, ended
}

// runs reports whether a process has not ended. A process of the kernel itself runs, too, without
// memory.
func runs(pid string) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	_, state, _ := bytes.Cut(stat, []byte(") "))
	return err == nil && !bytes.HasPrefix(state, []byte("Z")) && !bytes.HasPrefix(state, []byte("X"))
}

// isTold reports whether the directory is in the environment that a process got at its start.
func isTold(pid, dir string) bool {
	environ, _ := os.ReadFile(filepath.Join("/proc", pid, "environ"))
	return bytes.Contains(append([]byte{0}, environ...), []byte("\x00"+pytrace.EnvTrace+"="+dir+"\x00"))
}

// processName returns the name of a process's program, which the program may have chosen.
func processName(pid string) string {
	name, _ := os.ReadFile(filepath.Join("/proc", pid, "comm"))
	return printable(strings.TrimSpace(string(name)))
}
