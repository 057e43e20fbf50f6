// SPDX-License-Identifier: Apache-2.0

package pytrace_test

import (
	"path/filepath"
	"testing"

	"github.com/gocurtain/asyncio/pytrace"
	"github.com/gocurtain/asyncio/trace"
)

// Jobs and calls of programs that have the same process id, as interpreters of one process have, do
// not share numbers: arrows would lead from one to the other.
func TestNumbersOfLinksDiffer(t *testing.T) {
	onBoth(t, func(t *testing.T, p python) {
		_, dir := traced(t, p, pytrace.Options{}, filepath.Join("testdata", "executes.py"))
		type link struct{ pid, id uint64 }
		times := make(map[trace.Kind]map[link]int)
		for _, recording := range read(t, dir) {
			for _, rec := range recording {
				if rec.Kind == trace.KindJobScheduled || rec.Kind == trace.KindJobBegin || rec.Kind == trace.KindOutsideCall {
					if times[rec.Kind] == nil {
						times[rec.Kind] = make(map[link]int)
					}
					times[rec.Kind][link{rec.src.Producer().PID, rec.A}]++
				}
			}
		}
		for kind, links := range times {
			for link, n := range links {
				if n > 1 || link.id >= trace.FirstSharedJob {
					t.Errorf("%v %d of process %d is there %d times", kind, link.id, link.pid, n)
				}
			}
		}
		if len(times[trace.KindJobBegin]) != 2 || len(times[trace.KindOutsideCall]) < 2 {
			t.Errorf("jobs and calls: %v, want those of two programs", times)
		}
	})
}
