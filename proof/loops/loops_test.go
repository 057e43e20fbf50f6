// SPDX-License-Identifier: Apache-2.0

// Package loops proves what the probe shows of loops that are not asyncio's own, of greenlets, and
// of processes: on real uvloop, rloop, trio, anyio, nest_asyncio, gevent, SQLAlchemy and aiohttp.
package loops

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gocurtain/asyncio/proof/internal/pythons"
	"github.com/gocurtain/asyncio/pytrace"
	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/validate"
)

var probeDir string

func TestMain(m *testing.M) {
	code := m.Run()
	if probeDir != "" {
		os.RemoveAll(probeDir)
	}
	os.Exit(code)
}

// probe is the probe as the tests install it.
var probe = sync.OnceValues(func() (*pytrace.Probe, error) {
	dir, err := os.MkdirTemp("", "loops-test-")
	if err != nil {
		return nil, err
	}
	probeDir = dir
	return pytrace.Install(dir)
})

// result is what a program did.
type result struct{ out, errors, status string }

func run(t *testing.T, python string, environ []string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, append([]string{"-W", "ignore::DeprecationWarning"}, args...)...)
	cmd.Env = append(environ, "PYTHONHASHSEED=0")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{out.String(), errs.String(), cmd.ProcessState.String()}
}

// record is a program's run with the probe, which must be as the one without.
func record(t *testing.T, python string, level pytrace.Level, args ...string) *story {
	t.Helper()
	args[0] = filepath.Join("testdata", args[0])
	without := run(t, python, pythons.Environ(), args...)
	if without.status != "exit status 0" {
		t.Fatalf("without the probe: %s\n%s", without.status, without.errors)
	}
	installed, err := probe()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	options := pytrace.Options{Dir: dir, Level: level, Records: 1 << 18}
	with := run(t, python, installed.Environ(pythons.Environ(), options), args...)
	for _, same := range []struct{ what, with, without string }{
		{"output", with.out, without.out}, {"errors", with.errors, without.errors}, {"status", with.status, without.status},
	} {
		if scrub(same.with) != scrub(same.without) {
			t.Errorf("%s with the probe:\n%s\nwithout:\n%s", same.what, same.with, same.without)
		}
	}
	return tell(t, dir, with.out)
}

// scrub takes out what differs between two runs of any program.
func scrub(s string) string { return addresses.ReplaceAllString(s, "") }

var addresses = regexp.MustCompile(`0x[0-9a-f]+|:\d{4,5}\b`)

// story is what the recordings of a run tell, by the names of things.
type story struct {
	t   *testing.T
	out string
	// facts are sentences such as "kid waits for sleep at child".
	facts []string
	// runs counts the runs of handles by origin and by the function that scheduled them.
	runs map[string]int
	// sites are the places of processes that were started.
	started []string
	// numbers of records by kind, and of resumptions.
	kinds map[trace.Kind]int
	recs  []recording
}

type recording struct {
	src     *trace.Source
	records []trace.Record
}

func tell(t *testing.T, dir, out string) *story {
	t.Helper()
	s := &story{t: t, out: out, runs: make(map[string]int), kinds: make(map[trace.Kind]int)}
	for _, src := range follow(t, dir) {
		problems, err := validate.Records(src)
		if err != nil || len(problems) > 0 {
			t.Errorf("recording %d of process %d: %v %v", src.Producer().ID, src.Producer().PID, err, problems)
		}
	}
	for _, src := range follow(t, dir) {
		r := recording{src: src}
		if err := src.All(func(rec trace.Record) bool { r.records = append(r.records, rec); return true }); err != nil {
			t.Error(err)
		}
		s.recs = append(s.recs, r)
		newNarrator(s, src).all(r.records)
	}
	return s
}

func follow(t *testing.T, dir string) []*trace.Source {
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

// wants checks facts that must be there.
func (s *story) wants(facts ...string) {
	s.t.Helper()
	for _, fact := range facts {
		if !slices.Contains(s.facts, fact) {
			s.t.Errorf("nothing tells that %s", fact)
		}
	}
	if s.t.Failed() {
		s.t.Logf("what is told:\n%s", strings.Join(s.facts, "\n"))
	}
}
