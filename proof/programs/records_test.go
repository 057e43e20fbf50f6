// SPDX-License-Identifier: Apache-2.0

//go:build unix

package programs

import (
	"path/filepath"
	"testing"

	"github.com/gocurtain/asyncio/proof/internal/pythons"
	"github.com/gocurtain/asyncio/pytrace"
	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/validate"
)

// records runs the program with the probe and without curtain, and checks each recording that it
// leaves behind: its grammar, and that all that was scheduled says where.
func (p program) records(t *testing.T, want result, command []string) {
	dir := t.TempDir()
	probe, err := pytrace.Install(filepath.Join(dir, "probe"))
	if err != nil {
		t.Fatal(err)
	}
	got := run(t, probe.Environ(pythons.Environ(), pytrace.Options{Dir: dir, Level: pytrace.LevelLoop, Records: 1 << 17}), command...)
	got.compare(t, want)
	for _, src := range follow(t, dir) {
		problems, err := validate.Records(src)
		for _, problem := range problems {
			t.Errorf("recording %d of %s: %s", src.Producer().ID, src.Producer().Process, problem)
		}
		if err != nil {
			t.Error(err)
		}
	}
	runs, nowhere := 0, 0
	for _, src := range follow(t, dir) {
		if src.Producer().Language != "python" {
			continue // A loop on our runtime schedules calls of its own, which have no place.
		}
		places := map[uint64]bool{} // of handles
		err := src.All(func(rec trace.Record) bool {
			switch rec.Kind {
			case trace.KindHandleScheduled:
				places[rec.A] = rec.Site != 0
			case trace.KindHandleBegin:
				runs++
				if !places[rec.A] {
					nowhere++
				}
			}
			return true
		})
		if err != nil {
			t.Error(err)
		}
	}
	if nowhere*1000 > runs {
		t.Errorf("of %d runs of callbacks, %d were scheduled nowhere", runs, nowhere)
	}
	t.Logf("%d runs of callbacks, %d of them scheduled nowhere", runs, nowhere)
}

func follow(t *testing.T, dir string) []*trace.Source {
	t.Helper()
	sources, err := trace.FollowAll(dir)
	if err != nil || len(sources) == 0 {
		t.Fatalf("%d recordings, %v", len(sources), err)
	}
	t.Cleanup(func() {
		for _, src := range sources {
			_ = src.Close() // It was only read.
		}
	})
	return sources
}
