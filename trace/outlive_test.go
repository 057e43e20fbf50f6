// SPDX-License-Identifier: Apache-2.0

//go:build unix

package trace

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gocurtain/asyncio/internal/need"
)

// killedPath names the ring that the test below, run again as a child, writes before it kills
// itself.
const killedPath = "TRACE_TEST_KILLED_PATH"

func TestRingOutlivesItsProcess(t *testing.T) {
	const records = 1000
	if path := os.Getenv(killedPath); path != "" {
		r, err := CreateRing(path, Producer{}, RingOptions{Records: 2 * records})
		if err != nil {
			t.Fatal(err)
		}
		for i := range records {
			r.Append(numbered(i))
		}
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	path := filepath.Join(t.TempDir(), "killed.curtain")
	child := exec.Command(os.Args[0], "-test.run=^TestRingOutlivesItsProcess$")
	child.Env = append(os.Environ(), killedPath+"="+path)
	if out, err := child.CombinedOutput(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the child was not killed: %v\n%s", err, out)
	}
	s := follower(t, path)
	n := 0
	err := s.All(func(rec Record) bool {
		if rec != numbered(n) {
			t.Fatalf("record %d is %+v", n, rec)
		}
		n++
		return true
	})
	if n != records || err != nil || s.Closed() {
		t.Errorf("%d records, %v, closed %v, want %d of a ring that is not closed", n, err, s.Closed(), records)
	}
}

// A ring written by Python from the package comment alone reads back.
func TestRingFromPython(t *testing.T) {
	python := need.Command(t, need.Python, "python3")
	path := filepath.Join(t.TempDir(), "python.curtain")
	if out, err := exec.Command(python, "testdata/ring.py", path).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s := follower(t, path)
	var text strings.Builder
	if err := WriteText(&text, s); err != nil {
		t.Fatal(err)
	}
	_, got, _ := strings.Cut(text.String(), "\n")
	want := `+0 LoopBegin loop=1 name_string="main"
+500 TaskCreated task=3 site="/app.py":12:"fetch"
+100 LoopEnd loop=1
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if p := s.Producer(); p.Language != "python" || p.Process != "ring.py" || p.Start != 1000 || !s.Closed() {
		t.Errorf("producer is %+v, closed %v", p, s.Closed())
	}
	if n, err := s.Read(make([]Record, 1)); n != 0 || err != io.EOF {
		t.Errorf("read at the end: %d, %v", n, err)
	}
}
