// SPDX-License-Identifier: Apache-2.0

package chrome

import (
	"fmt"
	"io"
	"testing"

	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/timeline"
)

// busy is a recording of turns in which tasks yield and callbacks are scheduled, with places.
func busy(b *testing.B, turns int) []trace.Record {
	b.Helper()
	var recs []trace.Record
	now := uint64(1000)
	add := func(kind trace.Kind, site uint32, a, bb uint64, aux uint16) {
		now += 350
		recs = append(recs, trace.Record{Time: now, Kind: kind, Site: site, A: a, B: bb, Aux: aux})
	}
	for task := uint64(1); task <= 10; task++ {
		add(trace.KindTaskCreated, 1, task, 0, 0)
	}
	handle := uint64(0)
	for turn := range uint64(turns) {
		add(trace.KindTurnBegin, 0, turn, 11, 0)
		for task := uint64(1); task <= 10; task++ {
			add(trace.KindStepBegin, 0, task, 0, 0)
			handle++
			add(trace.KindHandleScheduled, 2, handle, 0, uint16(trace.OriginSoon))
			add(trace.KindTaskWaits, 3, task, 0, uint16(trace.WaitYield))
			add(trace.KindTaskWoken, 3, task, 0, uint16(trace.WakeYield))
			add(trace.KindStepEnd, 0, task, 0, 0)
			add(trace.KindHandleBegin, 0, handle, 0, 0)
			add(trace.KindHandleEnd, 0, handle, 0, 0)
		}
		add(trace.KindTurnEnd, 0, turn, 0, 0)
	}
	return recs
}

// places are names as a recording gives them.
type places struct{}

func (places) String(id uint32) string { return fmt.Sprint("name ", id) }

func (places) Site(id uint32) trace.Site {
	return trace.Site{File: "/srv/application/package/module.py", Function: "Class.method", Line: int(id)}
}

// BenchmarkExport is what a record costs on its way to JSON.
func BenchmarkExport(b *testing.B) {
	recs := busy(b, 1000)
	b.ReportAllocs()
	for b.Loop() {
		w := NewWriter(io.Discard)
		builder := timeline.NewPicture(w).Recording(trace.Producer{PID: 7, Start: 1000, Language: "python", Process: "busy"}, places{})
		for _, rec := range recs {
			builder.Add(rec)
		}
		builder.Finish(0)
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(recs)), "ns/record")
}
