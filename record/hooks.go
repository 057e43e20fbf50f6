// SPDX-License-Identifier: Apache-2.0

package record

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"github.com/gocurtain/asyncio/trace"
)

// LoopBegin records a [trace.KindLoopBegin].
func (r *Recorder) LoopBegin(loop uint64, name string) {
	r.event(trace.KindLoopBegin, 0, 0, loop, r.string(name))
}

// LoopEnd records a [trace.KindLoopEnd].
func (r *Recorder) LoopEnd(loop uint64) { r.event(trace.KindLoopEnd, 0, 0, loop, 0) }

// LoopFound records a [trace.KindLoopBegin] of a loop that runs already.
func (r *Recorder) LoopFound(loop uint64, name string) {
	r.event(trace.KindLoopBegin, trace.LoopFound, 0, loop, r.string(name))
}

// LoopLeft records a [trace.KindLoopEnd] of a loop that goes on.
func (r *Recorder) LoopLeft(loop uint64) { r.event(trace.KindLoopEnd, trace.LoopLeft, 0, loop, 0) }

// TurnBegin records a [trace.KindTurnBegin].
func (r *Recorder) TurnBegin(turn uint64, ready int) {
	r.event(trace.KindTurnBegin, 0, 0, turn, uint64(ready))
}

// TurnEnd records a [trace.KindTurnEnd].
func (r *Recorder) TurnEnd(turn uint64) { r.event(trace.KindTurnEnd, 0, 0, turn, 0) }

// PollBegin records a [trace.KindPollBegin]; a negative timeout is no limit.
func (r *Recorder) PollBegin(timeout time.Duration) {
	limit := uint64(timeout)
	if timeout < 0 {
		limit = trace.Forever
	}
	r.event(trace.KindPollBegin, 0, 0, limit, 0)
}

// PollEnd records a [trace.KindPollEnd].
func (r *Recorder) PollEnd(events int) { r.event(trace.KindPollEnd, 0, 0, uint64(events), 0) }

// Ready records a [trace.KindReady].
func (r *Recorder) Ready(fd int, flags uint8, handle uint64) {
	r.event(trace.KindReady, flags, 0, uint64(fd), handle)
}

// HandleScheduled records a [trace.KindHandleScheduled]. The delay of a timer becomes a deadline.
func (r *Recorder) HandleScheduled(handle uint64, origin trace.Origin, delay time.Duration) {
	rec := trace.Record{Time: r.now(), Kind: trace.KindHandleScheduled, Aux: uint16(origin), A: handle}
	if origin == trace.OriginTimer {
		rec.B = rec.Time + uint64(max(delay, 0))
	}
	if r.sites != nil {
		rec.Site = r.sites.caller(1)
	}
	r.out.Append(rec)
}

// HandleScheduledOutside records a [trace.KindHandleScheduled] by another goroutine; at and site
// are what Outside returned there.
func (r *Recorder) HandleScheduledOutside(handle uint64, at int64, site uint32) {
	r.out.Append(trace.Record{
		Time: r.now(),
		Kind: trace.KindHandleScheduled,
		Aux:  uint16(trace.OriginOutside),
		Site: site,
		A:    handle,
		B:    uint64(at),
	})
}

// HandleBegin records a [trace.KindHandleBegin].
func (r *Recorder) HandleBegin(handle uint64) { r.event(trace.KindHandleBegin, 0, 0, handle, 0) }

// HandleEnd records a [trace.KindHandleEnd].
func (r *Recorder) HandleEnd(handle uint64) { r.event(trace.KindHandleEnd, 0, 0, handle, 0) }

// HandleCancelled records a [trace.KindHandleCancelled].
func (r *Recorder) HandleCancelled(handle uint64) {
	r.caused(trace.KindHandleCancelled, 0, 0, handle, 0)
}

// TaskFound records a [trace.KindTaskFound]. It also records the name, unless that is "", and the
// wait, unless that is 0, as TaskWaits does, but without a place.
func (r *Recorder) TaskFound(task, parent uint64, name string, wait trace.Wait, on uint64, words string) {
	var flags uint8
	if wait != 0 {
		flags = trace.FoundWaiting
	}
	r.event(trace.KindTaskFound, flags, 0, task, parent)
	if name != "" {
		r.TaskNamed(task, name)
	}
	if wait != 0 {
		r.event(trace.KindTaskWaits, 0, uint16(wait), task, on)
		if text := r.string(words); text != 0 {
			r.event(trace.KindTaskWaitsOn, 0, 0, task, text)
		}
	}
}

// TaskCreated records a [trace.KindTaskCreated].
func (r *Recorder) TaskCreated(task, parent uint64) {
	r.caused(trace.KindTaskCreated, 0, 0, task, parent)
}

// TaskNamed records a [trace.KindTaskName].
func (r *Recorder) TaskNamed(task uint64, name string) {
	r.event(trace.KindTaskName, 0, 0, task, r.string(name))
}

// StepBegin records a [trace.KindStepBegin].
func (r *Recorder) StepBegin(task uint64) { r.event(trace.KindStepBegin, 0, 0, task, 0) }

// StepEnd records a [trace.KindStepEnd].
func (r *Recorder) StepEnd(task uint64, done bool) {
	var flags uint8
	if done {
		flags = trace.StepDone
	}
	r.event(trace.KindStepEnd, flags, 0, task, 0)
}

// TaskWaits records a [trace.KindTaskWaits], and a [trace.KindTaskWaitsOn] if there are words.
func (r *Recorder) TaskWaits(task uint64, wait trace.Wait, on uint64, words string) {
	at := r.caused(trace.KindTaskWaits, 0, uint16(wait), task, on)
	if text := r.string(words); text != 0 {
		r.out.Append(trace.Record{Time: at, Kind: trace.KindTaskWaitsOn, A: task, B: text})
	}
}

// TaskWoken records a [trace.KindTaskWoken].
func (r *Recorder) TaskWoken(task uint64, wake trace.Wake, by uint64) {
	r.caused(trace.KindTaskWoken, 0, uint16(wake), task, by)
}

// TaskCancelled records a [trace.KindTaskCancelled], and before it the text of the cause, unless
// that is nil.
func (r *Recorder) TaskCancelled(task, by uint64, cause error) {
	rec := trace.Record{Time: r.now(), Kind: trace.KindTaskCancelled, A: task, B: by}
	if text := r.string(textOf(cause)); text != 0 {
		r.out.Append(trace.Record{Time: rec.Time, Kind: trace.KindTaskCancelText, A: task, B: text})
	}
	if r.sites != nil {
		rec.Site = r.sites.caller(1)
	}
	r.out.Append(rec)
}

// TaskDone records a [trace.KindTaskDone], with the type of the error that a task fails with.
func (r *Recorder) TaskDone(task uint64, outcome trace.Outcome, err error) {
	var kind uint64
	if outcome == trace.OutcomeError {
		kind = r.string(typeOf(err))
	}
	r.event(trace.KindTaskDone, uint8(outcome), 0, task, kind)
}

// longest is how many bytes of an error's text are kept.
const longest = 1000

// textOf returns the text of an error of the program, "" for nil. Like package fmt it survives an
// Error method that panics.
func textOf(err error) string {
	if err == nil {
		return ""
	}
	text := fmt.Sprint(err)
	if len(text) > longest {
		text = text[:longest]
	}
	return strings.ToValidUTF8(text, "\ufffd")
}

// wrapped is the type of the errors of fmt.Errorf, which tells nothing.
var wrapped = reflect.TypeOf(fmt.Errorf("%w", io.EOF))

// typeOf names the type of an error; if fmt.Errorf has wrapped it, the type of the error within.
func typeOf(err error) string {
	kind := reflect.TypeOf(err)
	for kind == wrapped {
		err = errors.Unwrap(err)
		kind = reflect.TypeOf(err)
	}
	if kind == nil {
		return ""
	}
	return kind.String()
}

// FutureResolved records a [trace.KindFutureResolved].
func (r *Recorder) FutureResolved(future uint64, outcome trace.Outcome) {
	r.caused(trace.KindFutureResolved, uint8(outcome), 0, future, 0)
}

// BytesRead records a [trace.KindRead].
func (r *Recorder) BytesRead(fd, n int) { r.event(trace.KindRead, 0, 0, uint64(fd), uint64(n)) }

// BytesWritten records a [trace.KindWrite].
func (r *Recorder) BytesWritten(fd, n int) { r.event(trace.KindWrite, 0, 0, uint64(fd), uint64(n)) }

// ConnectionOpened records a [trace.KindConnectionOpened].
func (r *Recorder) ConnectionOpened(fd int, name string) {
	r.event(trace.KindConnectionOpened, 0, 0, uint64(fd), r.string(name))
}

// ConnectionClosed records a [trace.KindConnectionClosed], with the text of the error.
func (r *Recorder) ConnectionClosed(fd int, err error) {
	r.event(trace.KindConnectionClosed, 0, 0, uint64(fd), r.string(textOf(err)))
}

// Outside returns the time (CLOCK_MONOTONIC, in ns) and the place of a thread-safe call; the place
// is 0 if places are not wanted. Any goroutine may call it.
func (r *Recorder) Outside() (at int64, site uint32) {
	at = now(r.offset)
	if r.sites != nil {
		site = r.outside.caller(1)
	}
	return at, site
}
