// SPDX-License-Identifier: Apache-2.0

//go:build linux

package cli_test

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Ctrl-C ends the recording of what runs on, as soon as curtain has said that it does, and a second
// one ends no more: the file is as it should be, and the program goes on.
func TestInterruptEndsFollow(t *testing.T) {
	for _, interrupts := range []int{1, 2} {
		t.Run(strconv.Itoa(interrupts), func(t *testing.T) {
			dir := t.TempDir()
			cmd := exec.Command("curtain", "trace", "--follow", "sh", "-c",
				"actor wait pid >out 2>&1 & until test -f pid; do sleep 0.01; done")
			cmd.Dir = dir
			stderr, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			waitForFile(t, filepath.Join(dir, "pid"))
			daemon := pidIn(t, filepath.Join(dir, "pid"))
			// Not SIGTERM: its clean-up would write to dir while that is being removed.
			defer func() { _ = syscall.Kill(daemon, syscall.SIGKILL) }()
			said := bufio.NewReader(stderr)
			if line, err := said.ReadString('\n'); err != nil || !strings.HasSuffix(line, "runs on; Ctrl-C ends the recording\n") {
				t.Fatalf("it says %q, %v", line, err)
			}
			for range interrupts {
				if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
					t.Fatal(err)
				}
			}
			rest, err := io.ReadAll(said)
			if err != nil || !strings.Contains(string(rest), "runs on, not recorded any further\n") {
				t.Errorf("it says %q, %v", rest, err)
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("curtain ends with %v, want the status of the command", err)
			}
			if err := syscall.Kill(daemon, 0); err != nil {
				t.Errorf("the daemon: %v", err)
			}
			mustBeValid(t, filepath.Join(dir, "trace.json"))
		})
	}
}

func pidIn(t *testing.T, file string) (pid int) {
	t.Helper()
	err := poll(t.Context(), func() bool {
		text, _ := os.ReadFile(file)
		pid, _ = strconv.Atoi(strings.TrimSpace(string(text)))
		return pid != 0
	})
	if err != nil {
		t.Fatal(err)
	}
	return pid
}
