// SPDX-License-Identifier: Apache-2.0

package timeline

import (
	"testing"

	"github.com/gocurtain/asyncio/internal/story"
	"github.com/gocurtain/asyncio/trace"
)

// Whatever the records, the picture keeps its promises.
func FuzzPicture(f *testing.F) {
	kinds := func(all ...trace.Kind) (b []byte) {
		for _, k := range all {
			b = append(b, byte(k), 1, 1, 0)
		}
		return b
	}
	f.Add(kinds(trace.KindTurnBegin, trace.KindTaskCreated, trace.KindStepBegin, trace.KindHandleScheduled,
		trace.KindStepEnd, trace.KindTaskWoken, trace.KindHandleBegin, trace.KindHandleEnd, trace.KindStepBegin,
		trace.KindTaskDone, trace.KindStepEnd, trace.KindTurnEnd))
	f.Add([]byte("\b100\t100"))   // a call from outside that runs before anything else is drawn
	f.Add([]byte("B0010000A000")) // a loop is left, and its thread goes on
	f.Fuzz(func(t *testing.T, b []byte) {
		c := newCanvas()
		recording := NewPicture(c).Recording(trace.Producer{PID: 1, Start: 10}, story.Source(t, ""))
		time := uint64(10)
		for ; len(b) >= 4; b = b[4:] {
			time += uint64(b[3] >> 4)
			recording.Add(trace.Record{
				Time:  time,
				Kind:  trace.Kind(b[0] & 63),
				Flags: b[3] & 3,
				Aux:   uint16(b[2] >> 4),
				A:     uint64(b[1] & 7),
				B:     uint64(b[2] & 31),
			})
		}
		recording.Finish(0)
		c.check(t)
	})
}

// Tasks beyond the first have no lanes of their own.
func TestLanesAreBounded(t *testing.T) {
	c := newCanvas()
	r := NewPicture(c).Recording(trace.Producer{PID: 1}, story.Source(t, ""))
	time := uint64(0)
	add := func(kind trace.Kind, id uint64, flags uint8) {
		time += 10
		r.Add(trace.Record{Time: time, Kind: kind, A: id, Flags: flags})
	}
	const tasks = ownRows + 5000
	for id := uint64(1); id <= tasks; id++ {
		add(trace.KindTaskCreated, id, 0)
		add(trace.KindHandleScheduled, id, 0)
		add(trace.KindStepBegin, id, 0)
		add(trace.KindStepEnd, id, trace.StepDone)
		add(trace.KindTaskDone, id, 1)
		add(trace.KindHandleBegin, id, 0)
		add(trace.KindHandleEnd, id, 0)
	}
	r.Finish(0)
	c.check(t)
	if want := ownRows + 2; len(c.lanes) != want {
		t.Errorf("%d lanes, want %d", len(c.lanes), want)
	}
	if len(c.arrows) != 2*tasks {
		t.Errorf("%d arrows, want %d", len(c.arrows), 2*tasks)
	}
}
