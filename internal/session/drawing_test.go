// SPDX-License-Identifier: Apache-2.0

package session

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gocurtain/asyncio/export/chrome"
	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/validate"
)

// What has left the window is known, but not drawn: the task keeps its name, what began before and
// ends within is whole, and no arrow comes from nowhere.
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
	of := &recording{ring: followed}
	var file bytes.Buffer
	drawing := Draw(chrome.NewWriter(&file), false)
	var hurry atomic.Bool
	r := newReader(Options{Open: func() (Output, error) { return drawing, nil }, Last: 3 * time.Second}, &hurry)
	take := func(kind trace.Kind, a, b uint64) {
		at++
		r.take(batch{of: of, recs: []trace.Record{{Time: at, Kind: kind, A: a, B: b}}})
	}
	r.take(batch{of: of})
	take(trace.KindLoopBegin, 1, 0)
	take(trace.KindTaskCreated, 1, 0)
	take(trace.KindTaskName, 1, uint64(name))
	take(trace.KindTaskCreated, 2, 0)
	take(trace.KindStepBegin, 2, 0)
	take(trace.KindTaskDone, 2, 0)
	at++
	r.take(batch{of: of, recs: []trace.Record{{Time: at, Kind: trace.KindStepEnd, A: 2, Flags: trace.StepDone}}})
	for range 10 {
		take(trace.KindStepBegin, 1, 0)
		take(trace.KindTaskWaits, 1, 0)
		take(trace.KindStepEnd, 1, 0)
		at += second
		take(trace.KindTaskWoken, 1, 0)
	}
	r.take(batch{of: of, last: true})
	r.close()
	count, lanes := map[string]int{}, []string{}
	for _, event := range drawnIn(t, file.Bytes()) {
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
	// Within three seconds the task was woken three times, and has made two steps since, each of
	// which is drawn twice. The first of its waits has begun before. Arrows lead to the steps and
	// to the waits before them.
	if count["step"] != 4 || count["wait"] != 3 || count["arrow"] != 4 {
		t.Errorf("drawn are %v", count)
	}
	if left := time.Duration(r.sum.Newest - drawing.Cut()); left.Round(time.Microsecond) != 3*time.Second {
		t.Errorf("%v are left, want three seconds", left)
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
func drawnIn(t *testing.T, file []byte) []drawnEvent {
	t.Helper()
	if problems, err := validate.Chrome(file); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	var drawn struct{ TraceEvents []drawnEvent }
	if err := json.Unmarshal(file, &drawn); err != nil {
		t.Fatal(err)
	}
	return drawn.TraceEvents
}
