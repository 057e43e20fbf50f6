// SPDX-License-Identifier: Apache-2.0

// Package chrome writes timelines in the Trace Event Format, the JSON that
// ui.perfetto.dev, chrome://tracing and speedscope read. A [Writer] is a
// model.Sink; [Export] turns whole recordings into a file.
//
// The file is the array form with one event per line. Readers accept it without
// its end, so it can be opened while it grows or after a crash. Each arrow is a
// pair of flow events with an id of its own. The start of an arrow carries the
// time of a slice of no length, its end the time of the slice it leads to, with
// bp:"e"; since no two slices of a lane start or end at the same time, every
// viewer binds it to the same two slices.
package chrome

import (
	"bufio"
	"io"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/gocurtain/asyncio/trace/model"
)

// category is the category of all events.
const category = "curtain"

// Writer writes what a model draws. It is for one goroutine at a time. The
// first error is kept and returned by Flush and Close.
type Writer struct {
	out   *bufio.Writer
	line  []byte
	pids  map[int]uint64 // lane -> process
	base  uint64         // time 0 of the file
	based bool
	flows uint64
	first uint64 // a process, for the last event
}

var _ model.Sink = (*Writer)(nil)

// NewWriter returns a Writer that writes to w. It does not close w.
func NewWriter(w io.Writer) *Writer {
	c := &Writer{out: bufio.NewWriterSize(w, 64<<10), pids: make(map[int]uint64)}
	c.out.WriteString("[\n")
	return c
}

// Flush writes what is buffered. The file is readable after it.
func (w *Writer) Flush() error { return w.out.Flush() }

// Close writes the end of the file and what is buffered.
func (w *Writer) Close() error {
	// The last event has no comma after it, and is one that does not matter.
	w.metadata("process_sort_index", w.first, 0)
	w.line = append(w.line, `"sort_index":0}}`...)
	w.out.Write(w.line)
	w.out.WriteString("\n]\n")
	return w.out.Flush()
}

// Process implements [model.Sink]. The start of the first process is time 0.
func (w *Writer) Process(p model.Process) {
	if !w.based {
		w.based, w.base, w.first = true, p.Start, p.PID
	}
	if p.Name != "" {
		w.metadata("process_name", p.PID, 0)
		w.name(p.Name)
	}
}

// Lane implements [model.Sink].
func (w *Writer) Lane(l model.Lane) {
	w.pids[l.ID] = l.PID
	w.metadata("thread_name", l.PID, l.ID)
	w.name(l.Name)
	w.metadata("thread_sort_index", l.PID, l.ID)
	w.field(`"sort_index":`)
	w.int(int64(l.Order))
	w.end("}}")
}

// Slice implements [model.Sink].
func (w *Writer) Slice(s model.Slice) {
	w.event('X', s.Name, w.pids[s.Lane], s.Lane, s.Start)
	w.field(`,"dur":`)
	w.micros(s.End - min(s.Start, s.End))
	w.args(s.Args)
	w.end("}")
}

// Arrow implements [model.Sink].
func (w *Writer) Arrow(a model.Arrow) {
	w.flows++
	w.flow('s', a.Label, a.From, "")
	w.flow('f', a.Label, a.To, `,"bp":"e"`)
}

func (w *Writer) flow(phase byte, label string, at model.Point, extra string) {
	w.event(phase, label, w.pids[at.Lane], at.Lane, at.Time)
	w.field(`,"id":"0x`)
	w.line = strconv.AppendUint(w.line, w.flows, 16)
	w.field(`"` + extra)
	w.end("}")
}

// Counter implements [model.Sink].
func (w *Writer) Counter(c model.Counter) {
	w.event('C', c.Name, c.PID, 0, c.Time)
	w.field(`,"args":{"value":`)
	w.int(c.Value)
	w.end("}}")
}

// event begins the line of an event that has a time.
func (w *Writer) event(phase byte, name string, pid uint64, lane int, t uint64) {
	w.line = append(w.line[:0], `{"ph":"`...)
	w.line = append(w.line, phase)
	w.field(`","cat":"` + category + `","name":`)
	w.line = appendString(w.line, name)
	w.where(pid, lane)
	w.field(`,"ts":`)
	w.micros(t - min(w.base, t))
}

// metadata begins the line of an event that has none, up to its arguments.
func (w *Writer) metadata(name string, pid uint64, lane int) {
	w.line = append(w.line[:0], `{"ph":"M","name":"`...)
	w.field(name + `"`)
	w.where(pid, lane)
	w.field(`,"args":{`)
}

func (w *Writer) name(name string) {
	w.field(`"name":`)
	w.line = appendString(w.line, name)
	w.end("}}")
}

// maxPID is the greatest process id that all viewers take as it is.
const maxPID = 1<<31 - 1

// where writes the lane. Process 0 is written as 1, which viewers do not treat
// in a way of its own.
func (w *Writer) where(pid uint64, lane int) {
	w.field(`,"pid":`)
	w.line = strconv.AppendUint(w.line, max(1, pid&maxPID), 10)
	w.field(`,"tid":`)
	w.int(int64(lane))
}

func (w *Writer) args(args []model.Arg) {
	if len(args) == 0 {
		return
	}
	w.field(`,"args":{`)
	for i, a := range args {
		if i > 0 {
			w.field(",")
		}
		w.line = append(appendString(w.line, a.Key), ':')
		if a.IsText {
			w.line = appendString(w.line, a.Text)
		} else {
			w.int(a.Number)
		}
	}
	w.field("}")
}

func (w *Writer) field(s string) { w.line = append(w.line, s...) }

func (w *Writer) int(v int64) { w.line = strconv.AppendInt(w.line, v, 10) }

// micros writes nanoseconds as microseconds with three decimals, exactly.
func (w *Writer) micros(ns uint64) {
	w.line = strconv.AppendUint(w.line, ns/1000, 10)
	w.line = append(w.line, '.', '0'+byte(ns/100%10), '0'+byte(ns/10%10), '0'+byte(ns%10))
}

// end finishes the line. The error of the buffer is sticky.
func (w *Writer) end(s string) {
	w.field(s + ",\n")
	w.out.Write(w.line)
}

// appendString appends a JSON string. Control characters, which Perfetto does
// not bear even escaped, are dropped.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case unicode.IsControl(r):
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
