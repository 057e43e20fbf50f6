// SPDX-License-Identifier: Apache-2.0

package pytrace_test

import (
	"os"
	"regexp"
	"sync"
	"testing"

	"github.com/gocurtain/asyncio/internal/interpreter"
	"github.com/gocurtain/asyncio/pytrace"
	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/validate"
)

type python = interpreter.Python

// probe is the probe as the tests install it.
var probe = sync.OnceValues(func() (*pytrace.Probe, error) {
	dir, err := os.MkdirTemp("", "pytrace-test-")
	if err != nil {
		return nil, err
	}
	probeDir = dir
	return pytrace.Install(dir)
})

var probeDir string

func TestMain(m *testing.M) {
	code := m.Run()
	if probeDir != "" {
		os.RemoveAll(probeDir)
	}
	os.Exit(code)
}

type result = interpreter.Result

// bare is the environment without a probe.
func bare() []string { return interpreter.Environ() }

// traced runs a program with the probe and returns where its recordings lie.
func traced(t testing.TB, p python, o pytrace.Options, args ...string) (result, string) {
	t.Helper()
	installed, err := probe()
	if err != nil {
		t.Fatal(err)
	}
	o.Dir = t.TempDir()
	if o.Records == 0 {
		o.Records = 1 << 16
	}
	return p.Run(t, installed.Environ(bare(), o), args...), o.Dir
}

// record is a record with its producer's names.
type record struct {
	trace.Record
	src *trace.Source
}

// read returns all records, recording by recording, after it has checked them.
func read(t testing.TB, dir string) (recordings [][]record) {
	t.Helper()
	for _, src := range follow(t, dir) {
		problems, err := validate.Records(src)
		for _, problem := range problems {
			t.Errorf("recording %d of %q: %s", src.Producer().ID, src.Producer().Process, problem)
		}
		if err != nil {
			t.Error(err)
		}
	}
	for _, src := range follow(t, dir) {
		var all []record
		if err := src.All(func(rec trace.Record) bool { all = append(all, record{rec, src}); return true }); err != nil {
			t.Error(err)
		}
		for _, rec := range all {
			if rec.Kind == trace.KindMark {
				t.Errorf("the probe says %q", src.String(uint32(rec.A)))
			}
		}
		recordings = append(recordings, all)
	}
	return recordings
}

func follow(t testing.TB, dir string) []*trace.Source {
	t.Helper()
	sources, err := trace.FollowAll(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, src := range sources {
			src.Close()
		}
	})
	return sources
}

// addresses are what differs between two runs of any program.
var addresses = regexp.MustCompile(`0x[0-9a-f]+|:\d{4,5}\b|#runs.*`)

func sameText(t *testing.T, what, with, without string) {
	t.Helper()
	with, without = addresses.ReplaceAllString(with, ""), addresses.ReplaceAllString(without, "")
	if with != without {
		t.Errorf("%s with the probe:\n%s\nwithout:\n%s", what, with, without)
	}
}
