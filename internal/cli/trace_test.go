// SPDX-License-Identifier: Apache-2.0

//go:build unix

package cli_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/validate"
)

// Ctrl-C and timeout(1) signal the process group. The command gets that once: a second interrupt
// would stop an asyncio program without its clean-up.
func TestSignalToTheGroupIsNotPassedOn(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			dir := t.TempDir()
			cmd, out := startGroup(t, dir)
			waitForFile(t, filepath.Join(dir, "pid"))
			if err := syscall.Kill(-cmd.Process.Pid, sig); err != nil {
				t.Fatal(err)
			}
			var exit *exec.ExitError
			if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 3 {
				t.Errorf("curtain ends with %v, want exit status 3", err)
			}
			if !strings.Contains(out.String(), "cleaned up\n") {
				t.Errorf("the program did not clean up:\n%s", out)
			}
			mustBeValid(t, filepath.Join(dir, "trace.json"))
		})
	}
}

// The second Ctrl-C ends an asyncio program in the middle of its clean-up, and nothing of
// curtain's: all that happened is there.
func TestSecondInterrupt(t *testing.T) {
	dir := t.TempDir()
	cmd, out := startGroup(t, dir)
	for _, file := range []string{"pid", "pid.cleanup"} {
		waitForFile(t, filepath.Join(dir, file))
		if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 128+int(syscall.SIGINT) {
		t.Errorf("curtain ends with %v, want exit status 130", err)
	}
	if strings.Contains(out.String(), "cleaned up\n") || !strings.Contains(out.String(), "events of 1 loop in trace.json") {
		t.Errorf("it says\n%s", out)
	}
	mustBeValid(t, filepath.Join(dir, "trace.json"))
}

// startGroup starts curtain in a directory and a process group of its own, with a program that
// waits.
func startGroup(t *testing.T, dir string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	cmd := exec.Command("curtain", "trace", "actor", "wait", "pid")
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, &out
}

func waitForFile(t *testing.T, file string) {
	t.Helper()
	if err := poll(t.Context(), func() bool { return exists(file) }); err != nil {
		t.Fatal(err)
	}
}

func mustBeValid(t *testing.T, path string) {
	t.Helper()
	file, err := readTrace(path)
	if err != nil {
		t.Fatal(err)
	}
	if what, err := file.check(); err != nil {
		t.Errorf("%v in\n%s", err, what)
	}
}

// Whoever reads what the command says may stop reading: curtain | head. That ends neither the
// recording nor curtain before it has put its things away.
func TestBrokenPipe(t *testing.T) {
	dir := t.TempDir()
	temporary := filepath.Join(dir, "temporary")
	read, write, err := os.Pipe()
	if err := errors.Join(err, os.Mkdir(temporary, 0o700), read.Close()); err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	cmd := exec.Command("curtain", "trace", "actor", "exit", "6")
	cmd.Dir, cmd.Env, cmd.Stderr = dir, append(os.Environ(), "TMPDIR="+temporary), write
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != 6 {
		t.Errorf("curtain ends with %v, want exit status 6", err)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	mustBeValid(t, filepath.Join(dir, "trace.json"))
}

// A reader that holds a pipe and does not read it does not hold curtain: Ctrl-C gives it up.
func TestPipeThatIsNotRead(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "trace.json")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	cmd := exec.Command("curtain", "trace", "-o", pipe, "sh", "-c", "actor spin 5000; echo >$0.ran", pipe)
	var out bytes.Buffer
	cmd.Stderr = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitForFile(t, pipe+".ran")
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	if err := poll(t.Context(), func() bool {
		_ = cmd.Process.Signal(os.Interrupt) // It may have ended.
		return len(ended) > 0
	}); err != nil {
		_ = cmd.Process.Kill()
		t.Fatal(err)
	}
	if err := <-ended; err != nil || !strings.Contains(out.String(), "cannot write "+pipe+": nobody reads it") {
		t.Errorf("curtain ends with %v and says\n%s", err, &out)
	}
}

// What a busy program does is all there, although JSON is slower to write than records are to make.
func TestBusyProgramIsRecordedWhole(t *testing.T) {
	const yields = 5_000 // some batches of records
	dir := t.TempDir()
	cmd := exec.Command("curtain", "trace", "actor", "spin", strconv.Itoa(yields))
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "lost") {
		t.Fatalf("%v\n%s", err, out)
	}
	file, err := readTrace(filepath.Join(dir, "trace.json"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.check(); err != nil || file.count("f") < yields {
		t.Errorf("%d arrows, want at least %d; %v", file.count("f"), yields, err)
	}
}

// The recordings of the examples keep the grammar of records, with and without sites.
func TestRecordingsOfExamplesAreValid(t *testing.T) {
	for _, example := range []string{"hello", "sleepers", "fdwatch"} {
		for _, sites := range []string{"0", "1"} {
			t.Run(example+", sites "+sites, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				cmd := exec.Command(example)
				cmd.Env = append(os.Environ(), "ASYNCIO_TRACE="+dir, "ASYNCIO_TRACE_SITES="+sites)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				sources, err := trace.FollowAll(dir)
				if err != nil || len(sources) != 1 {
					t.Fatalf("%d recordings, %v", len(sources), err)
				}
				defer sources[0].Close()
				problems, err := validate.Records(sources[0])
				if err != nil {
					t.Error(err)
				}
				for _, p := range problems {
					t.Error(p)
				}
			})
		}
	}
}
