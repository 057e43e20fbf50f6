// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/trace"
)

// What recordings could not hold is counted, and threads are told from loops.
func TestRecordingCountsWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	r := startRecording(dir, traceOptions{file: filepath.Join(dir, "t.json")})
	for i, kind := range []trace.Kind{trace.KindLoopBegin, trace.KindThreadName, trace.KindThreadName} {
		ring, err := trace.CreateRing(filepath.Join(dir, fmt.Sprint(i, trace.Extension)), trace.Producer{PID: 7, ID: uint64(i)}, trace.RingOptions{Records: 16, Strings: 4096})
		if err != nil {
			t.Fatal(err)
		}
		long := strings.Repeat("x", trace.MaxString-10)
		for n := range trace.MaxStrings / len(long) * 2 {
			ring.String(fmt.Sprint(n, long))
		}
		ring.Append(trace.Record{Kind: kind})
		if err := ring.Close(); err != nil {
			t.Fatal(err)
		}
	}
	r.stop(nil)
	sum := r.session.Sum()
	if sum.LostStrings < 100 || sum.LostStrings%3 != 0 {
		t.Errorf("%d names are lost, want the same number of each of three recordings", sum.LostStrings)
	}
	if got, want := recorded(sum), "1 loop and 2 other threads"; sum.Events != 3 || got != want {
		t.Errorf("%d events of %s, want 3 of %s", sum.Events, got, want)
	}
}
