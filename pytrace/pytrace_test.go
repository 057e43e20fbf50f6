// SPDX-License-Identifier: Apache-2.0

package pytrace_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gocurtain/asyncio/internal/interpreter"
	"github.com/gocurtain/asyncio/pytrace"
	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/validate"
)

type python = interpreter.Python

// onEach runs a test on every interpreter, in short mode on the latest two, and
// says which versions are missing.
func onEach(t *testing.T, test func(t *testing.T, p python)) {
	t.Helper()
	found := interpreter.Found()
	for minor := interpreter.First; minor <= interpreter.Last; minor++ {
		version := fmt.Sprintf("3.%d", minor)
		t.Run(version, func(t *testing.T) {
			i := slices.IndexFunc(found, func(p python) bool { return p.Minor == minor })
			if i < 0 {
				t.Skipf("no Python %s here: list one in CURTAIN_PYTHONS", version)
			}
			if testing.Short() && i < len(found)-2 {
				t.Skip("only the latest two in short mode")
			}
			test(t, found[i])
		})
	}
}

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

// result is what a program did.
type result struct {
	out, errors string
	status      string
}

// run runs a program with the given environment.
func run(t testing.TB, p python, environ []string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.Path, args...)
	cmd.Env = append(environ, "PYTHONHASHSEED=0")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{out.String(), errs.String(), cmd.ProcessState.String()}
}

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
	return run(t, p, installed.Environ(bare(), o), args...), o.Dir
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
