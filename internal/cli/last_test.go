// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/validate"
)

func TestWindow(t *testing.T) {
	tests := []struct {
		name  string
		most  int
		times []uint64 // of batches of one record
		left  []uint64
	}{
		{"nothing old", 9, []uint64{1, 2, 11}, []uint64{1, 2, 11}},
		{"one too old", 9, []uint64{1, 2, 12}, []uint64{2, 12}},
		{"all but the last", 9, []uint64{1, 2, 50}, []uint64{50}},
		{"another recording is behind", 9, []uint64{1, 30, 5}, []uint64{30, 5}},
		{"too many", 3, []uint64{1, 2, 3, 4, 5}, []uint64{3, 4, 5}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := window{length: 10, most: tt.most}
			for _, at := range tt.times {
				w.push(batch{recs: []trace.Record{{Time: at}}})
				for _, ok := w.pop(); ok; _, ok = w.pop() {
				}
			}
			var left []uint64
			for len(w.batches) > 0 {
				left = append(left, w.shift().recs[0].Time)
			}
			if !slices.Equal(left, tt.left) || w.records != 0 {
				t.Errorf("%v, %d records; want %v", left, w.records, tt.left)
			}
		})
	}
}

// What has left the window is known, but not drawn: the task keeps its name, what began
// before and ends within is whole, and no arrow comes from nowhere.
func TestLastPart(t *testing.T) {
	dir := t.TempDir()
	ring, err := trace.CreateRing(filepath.Join(dir, "r"+trace.Extension), trace.Producer{PID: 7, ID: 1, Process: "p"}, trace.RingOptions{Records: 16, Strings: 4096})
	if err != nil {
		t.Fatal(err)
	}
	name := ring.String("worker")
	if err := ring.Close(); err != nil {
		t.Fatal(err)
	}
	followed, err := trace.Follow(filepath.Join(dir, "r"+trace.Extension))
	if err != nil {
		t.Fatal(err)
	}
	const second = uint64(time.Second)
	at := followed.Producer().Start
	src := &source{ring: followed}
	file := filepath.Join(dir, "t.json")
	var hurry atomic.Bool
	e := newExporter(traceOptions{file: file, noSources: true, last: 3 * time.Second}, &hurry)
	take := func(kind trace.Kind, a, b uint64) {
		at++
		e.take(batch{src: src, recs: []trace.Record{{Time: at, Kind: kind, A: a, B: b}}})
	}
	e.take(batch{src: src})
	take(trace.KindLoopBegin, 1, 0)
	take(trace.KindTaskCreated, 1, 0)
	take(trace.KindTaskName, 1, uint64(name))
	take(trace.KindTaskCreated, 2, 0)
	take(trace.KindStepBegin, 2, 0)
	take(trace.KindTaskDone, 2, 0)
	at++
	e.take(batch{src: src, recs: []trace.Record{{Time: at, Kind: trace.KindStepEnd, A: 2, Flags: trace.StepDone}}})
	for range 10 {
		take(trace.KindStepBegin, 1, 0)
		take(trace.KindTaskWaits, 1, 0)
		take(trace.KindStepEnd, 1, 0)
		at += second
		take(trace.KindTaskWoken, 1, 0)
	}
	e.take(batch{src: src, last: true})
	e.close()
	count, lanes := map[string]int{}, []string{}
	for _, event := range drawnIn(t, file) {
		switch {
		case event.Name == "thread_name":
			lanes = append(lanes, fmt.Sprint(event.Args["name"]))
		case event.Ph == "X":
			count[event.Cat]++
		case event.Ph == "f":
			count["arrow"]++
		}
	}
	if got := strings.Join(lanes, ", "); got != "loop 1, worker" && got != "worker, loop 1" {
		t.Errorf("lanes are %s; that of the other task is not in the window", got)
	}
	// Within three seconds the task was woken three times, and has made two steps since,
	// each of which is drawn twice. The first of its waits has begun before. Arrows lead to
	// the steps and to the waits before them.
	if count["step"] != 4 || count["wait"] != 3 || count["arrow"] != 4 {
		t.Errorf("drawn are %v", count)
	}
	if got := e.part(); got != ", the last 3s," {
		t.Errorf("it says %q", got)
	}
}

// drawnEvent is an event of a timeline.
type drawnEvent struct {
	Ph, Name, Cat string
	Pid           int
	Ts, Dur       float64
	Args          map[string]any
}

// drawnIn returns what is in a timeline, which must be a good one.
func drawnIn(t *testing.T, file string) []drawnEvent {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if problems, err := validate.Chrome(raw); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	var drawn struct{ TraceEvents []drawnEvent }
	if err := json.Unmarshal(raw, &drawn); err != nil {
		t.Fatal(err)
	}
	return drawn.TraceEvents
}
