// SPDX-License-Identifier: Apache-2.0

//go:build linux

package programs

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gocurtain/asyncio/export/chrome"
	"github.com/gocurtain/asyncio/proof/internal/pythons"
	"github.com/gocurtain/asyncio/trace/validate"
)

var floodTime = flag.Duration("flood", 20*time.Second, "how long events come fast, a `duration`")

// floodRate is how many callbacks a second make 200,000 events, three each and some for turns and
// polls.
const floodRate = 70_000

// flood is testdata/flood.py below curtain.
type flood struct {
	cmd    *exec.Cmd
	file   string // of the timeline
	tmp    string // where curtain keeps recordings
	lines  *bufio.Scanner
	errors bytes.Buffer
	pid    int // of the program
}

// startFlood starts curtain trace with some flags, and the program in it.
func startFlood(t *testing.T, curtain, name string, rate int, length time.Duration, flags ...string) *flood {
	t.Helper()
	python := pythons.Latest(t, 1)[0]
	f := &flood{file: filepath.Join(t.TempDir(), name), tmp: t.TempDir()}
	args := slices.Concat([]string{"trace", "-o", f.file}, flags, []string{"--", python.Path, "flood.py", strconv.Itoa(rate), fmt.Sprint(length.Seconds())})
	f.cmd = exec.Command(curtain, args...)
	f.cmd.Dir = "testdata"
	f.cmd.Env = append(pythons.Environ(), "TMPDIR="+f.tmp)
	f.cmd.Stderr = &f.errors
	stdout, err := f.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	f.lines = bufio.NewScanner(stdout)
	if err := f.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if words := f.next(); len(words) == 2 {
		f.pid, _ = strconv.Atoi(words[1])
	}
	if f.pid == 0 {
		t.Fatalf("the program does not say who it is: %v\n%s", f.cmd.Wait(), &f.errors)
	}
	return f
}

// next returns the words of the next line that the program says, none at the end.
func (f *flood) next() []string {
	if !f.lines.Scan() {
		return nil
	}
	return strings.Fields(f.lines.Text())
}

// second returns how many callbacks have run when a second has passed.
func (f *flood) second(t *testing.T, n int) int {
	t.Helper()
	for words := f.next(); len(words) == 4; words = f.next() {
		if words[1] == strconv.Itoa(n) {
			done, _ := strconv.Atoi(words[3])
			return done
		}
	}
	t.Fatalf("the program has not come to second %d", n)
	return 0
}

// resident returns how much memory a process uses, in MiB.
func resident(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0 // it has just ended
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	var kilobytes int
	if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
		t.Fatalf("no VmRSS in %s", status)
	}
	return kilobytes >> 10
}

// lost finds what curtain says of events that it could not follow.
var lost = regexp.MustCompile(`curtain: (\d+) events? lost`)

// However long events come fast, curtain and the program need the same memory, the end of the run
// is in a file that can be opened, and what is not recorded is told.
func TestFlood(t *testing.T) {
	curtain := pythons.Curtain(t)
	window := min(*floodTime/10, 5*time.Second)
	f := startFlood(t, curtain, "flood.json.gz", floodRate, *floodTime, "--last", window.String())
	var own, its []int // MiB, each second
	done := 0
	for words := f.next(); words != nil; words = f.next() {
		if words[0] == "second" {
			own, its = append(own, resident(t, f.cmd.Process.Pid)), append(its, resident(t, f.pid))
		} else {
			done, _ = strconv.Atoi(words[1])
		}
	}
	if err := f.cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, &f.errors)
	}
	seconds := floodTime.Seconds()
	missing := "0"
	if found := lost.FindStringSubmatch(f.errors.String()); found != nil {
		missing = found[1]
	}
	t.Logf("%d callbacks in %.0f s, %.0f events a second, %s lost", done, seconds, 3*float64(done)/seconds, missing)
	checkConstant(t, "curtain", own)
	checkConstant(t, "the program", its)
	tl := unpacked(t, f.file)
	t.Logf("%s%s", &f.errors, tl)
	if problems, err := validate.Chrome(tl.raw); err != nil || len(problems) > 0 {
		t.Errorf("validator: %v, %v", problems, err)
	}
	// The last window of a steady flood has its share of the callbacks. What the machine has held
	// up comes later, but not twice.
	if got, most := len(tl.selected("X", "callback")), 2*float64(done)*window.Seconds()/seconds; got == 0 || float64(got) > most+floodRate {
		t.Errorf("%d callbacks are in the file, want at most %.0f", got, most)
	}
	show(t, curtain, f.file)
}

// checkConstant checks that memory in the second half of a run is what it was in the quarter
// before, when the window was full.
func checkConstant(t *testing.T, who string, mebibytes []int) {
	t.Helper()
	n := len(mebibytes)
	if n < 8 {
		t.Fatalf("%s: memory was looked at %d times only; give it longer", who, n)
	}
	before, after := slices.Max(mebibytes[n/4:n/2]), slices.Max(mebibytes[n/2:])
	t.Logf("memory of %s, MiB: %d after a second, at most %d in the second quarter, %d in the second half", who, mebibytes[0], before, after)
	if after > before*13/10+32 {
		t.Errorf("memory of %s grows: %v MiB", who, mebibytes)
	}
}

// unpacked reads a compressed timeline.
func unpacked(t *testing.T, path string) *timeline {
	t.Helper()
	packed, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	zip, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	plain := filepath.Join(t.TempDir(), "trace.json")
	out, err := os.Create(plain)
	if err != nil {
		t.Fatal(err)
	}
	_, err1 := io.Copy(out, zip)
	if err := cmp.Or(err1, out.Close()); err != nil {
		t.Fatal(err)
	}
	return readTimeline(t, plain)
}

// killedRate is small enough for a ring to hold all, and for a file of all.
const killedRate = 5000

// All that a program did before it was killed is in the file.
func TestFloodProgramIsKilled(t *testing.T) {
	curtain := pythons.Curtain(t)
	f := startFlood(t, curtain, "trace.json", killedRate, time.Minute)
	done := f.second(t, 3)
	if err := syscall.Kill(f.pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for f.next() != nil {
	}
	_ = f.cmd.Wait() // How it ended is in its status.
	if got := f.cmd.ProcessState.ExitCode(); got != 128+int(syscall.SIGKILL) {
		t.Errorf("exit status is %d\n%s", got, &f.errors)
	}
	tl := readTimeline(t, f.file)
	if problems, err := validate.Chrome(tl.raw); err != nil || len(problems) > 0 {
		t.Errorf("validator: %v, %v", problems, err)
	}
	if got := len(tl.selected("X", "callback")); got < done {
		t.Errorf("%d callbacks are in the file; the program has said that it ran %d\n%s", got, done, &f.errors)
	}
	show(t, curtain, f.file)
}

// When curtain is killed, the program does not notice, the file is there up to half a second
// before, and the recordings hold what came later, too.
func TestFloodCurtainIsKilled(t *testing.T) {
	curtain := pythons.Curtain(t)
	f := startFlood(t, curtain, "trace.json", killedRate, 5*time.Second)
	before := f.second(t, 1)
	f.second(t, 3)
	if err := f.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	done := 0
	for words := f.next(); words != nil; words = f.next() {
		if words[0] == "all" {
			done, _ = strconv.Atoi(words[1])
		}
	}
	_ = f.cmd.Wait() // It was killed.
	if done < 4*killedRate {
		t.Errorf("the program did not come to its end: %d callbacks", done)
	}
	if got := len(readTimeline(t, f.file).selected("X", "callback")); got < before {
		t.Errorf("%d callbacks are in the file; two seconds before curtain was killed there were %d", got, before)
	}
	recordings, err := filepath.Glob(filepath.Join(f.tmp, "curtain-*"))
	if err != nil || len(recordings) != 1 {
		t.Fatalf("recordings are in %v, %v", recordings, err)
	}
	var out bytes.Buffer
	if err := chrome.ExportPath(&out, recordings[0]); err != nil {
		t.Error(err)
	}
	path := filepath.Join(t.TempDir(), "rest.json")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	tl := readTimeline(t, path)
	if problems, err := validate.Chrome(tl.raw); err != nil || len(problems) > 0 {
		t.Errorf("validator: %v, %v", problems, err)
	}
	if got := len(tl.selected("X", "callback")); got < done {
		t.Errorf("%d callbacks are in the recordings, want %d", got, done)
	}
	show(t, curtain, recordings[0])
}
