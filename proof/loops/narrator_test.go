// SPDX-License-Identifier: Apache-2.0

package loops

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/gocurtain/asyncio/trace"
)

// narrator puts one recording into words. It also checks that each resumption of a task and each
// run of a callback has a cause.
type narrator struct {
	s       *story
	src     *trace.Source
	names   map[uint64]string // of tasks
	ready   map[uint64]bool   // tasks that have a cause to step
	handles map[uint64]string // origin and function that scheduled
	steps   []uint64          // open ones
}

func newNarrator(s *story, src *trace.Source) *narrator {
	return &narrator{s: s, src: src, names: map[uint64]string{}, ready: map[uint64]bool{}, handles: map[uint64]string{}}
}

func (n *narrator) all(records []trace.Record) {
	for _, rec := range records { // names come after what they name
		if rec.Kind == trace.KindTaskName && rec.Flags&trace.NameFunction == 0 {
			n.names[rec.A] = strings.TrimPrefix(n.src.String(uint32(rec.B)), "__main__.")
		}
	}
	for _, rec := range records {
		n.s.kinds[rec.Kind]++
		n.record(rec)
	}
}

func (n *narrator) record(rec trace.Record) {
	switch rec.Kind {
	case trace.KindMark:
		n.s.t.Errorf("the probe says %q", n.src.String(uint32(rec.A)))
	case trace.KindLoopBegin:
		n.fact("loop %s begins", n.src.String(uint32(rec.B)))
	case trace.KindTaskCreated:
		n.ready[rec.A] = true
		n.fact("%s is a child of %s, created at %s", n.name(rec.A), n.name(rec.B), n.at(rec.Site))
	case trace.KindTaskWoken:
		n.ready[rec.A] = true
		n.fact("%s is woken by %s in %s at %s", n.name(rec.A), trace.Wake(rec.Aux), n.running(), n.at(rec.Site))
	case trace.KindTaskWaits:
		n.fact("%s waits for %s at %s", n.name(rec.A), trace.Wait(rec.Aux), n.at(rec.Site))
	case trace.KindTaskWaitsIn:
		n.fact("%s waits in %s", n.name(rec.A), n.src.String(uint32(rec.B)))
	case trace.KindTaskCancelled:
		n.fact("%s is cancelled by %s at %s", n.name(rec.A), n.name(rec.B), n.at(rec.Site))
	case trace.KindTaskDone:
		n.fact("%s ends with %s", n.name(rec.A), trace.Outcome(rec.Flags))
		if rec.B != 0 {
			n.fact("%s ends with a %s", n.name(rec.A), n.src.String(uint32(rec.B)))
		}
	case trace.KindStepBegin:
		if !n.ready[rec.A] {
			n.s.t.Errorf("%s is resumed without a cause", n.name(rec.A))
		}
		n.ready[rec.A] = false
		n.steps = append(n.steps, rec.A)
	case trace.KindStepEnd:
		n.steps = n.steps[:max(len(n.steps)-1, 0)]
	default:
		n.handle(rec)
	}
}

func (n *narrator) handle(rec trace.Record) {
	switch rec.Kind {
	case trace.KindHandleScheduled:
		n.handles[rec.A] = fmt.Sprint(trace.Origin(rec.Aux), " ", n.at(rec.Site))
	case trace.KindHandleBegin:
		n.s.runs[n.handles[rec.A]]++
	case trace.KindHandleCancelled:
		n.s.runs["cancelled "+n.handles[rec.A]]++
	case trace.KindProcessStarted:
		n.s.started = append(n.s.started, n.at(rec.Site))
	case trace.KindThreadName:
		n.fact("a thread is called %s", n.src.String(uint32(rec.B)))
	case trace.KindJobBegin:
		n.fact("%s is a job", last(n.src.String(uint32(rec.B))))
	}
}

func (n *narrator) fact(format string, args ...any) {
	n.s.facts = append(n.s.facts, fmt.Sprintf(format, args...))
}

func (n *narrator) name(task uint64) string {
	if name := n.names[task]; name != "" {
		return name
	}
	if task == 0 {
		return "nobody"
	}
	return fmt.Sprint("Task-", task)
}

func (n *narrator) running() string {
	if len(n.steps) == 0 {
		return "no step"
	}
	return n.name(n.steps[len(n.steps)-1])
}

// at names the function of a place, if it is in the program: other code changes.
func (n *narrator) at(site uint32) string {
	place := n.src.Site(site)
	switch {
	case site == 0:
		return "no place"
	case filepath.Base(filepath.Dir(place.File)) != "testdata":
		return "machinery"
	}
	return last(place.Function)
}

// last returns the last part of a qualified name.
func last(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }
