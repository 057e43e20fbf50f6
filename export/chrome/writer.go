// SPDX-License-Identifier: Apache-2.0

// Package chrome writes timelines in the Trace Event Format, the JSON that ui.perfetto.dev,
// chrome://tracing and speedscope read. A [Writer] is a timeline.Canvas; [Export] turns whole
// recordings into a file.
//
// The file is the object form with one event per line. It must be this form, because only it can
// say displayTimeUnit ns: otherwise chrome://tracing nests slices to the microsecond only, and
// loses arrows between things that happen within one. The object form must end properly to be
// readable, so [NewFileWriter] makes every flush write an end, which the next one overwrites.
//
// Each arrow is a pair of flow events with an id of its own. The start of an arrow carries the time
// of a slice of no length, its end the time of the slice it leads to, with bp:"e"; since no two
// slices of a lane start or end at the same time, every viewer binds it to the same two slices.
//
// Slices of a kind have one name, such as "waits for" or "turn", so that any viewer can add them
// up. Its argument "what" says what it waits for, or which turn or task it is. The label of a
// slice, which our viewer shows, is its name and "what", as in "waits for lock 7"; of a step it is
// "what" alone, the name of the task. A slice without "what" is labelled by its name.
//
// A step of a task is drawn twice: on the lane of its loop and on the task's. The one on the loop's
// lane has the tid of the other lane in its argument "lane"; there the same step is the slice of
// the category "step" that overlaps it. Arrows lead to and from the step on the task's lane, and
// what the task waited for is beside it.
//
// Each category of slices has one colour in chrome://tracing, in every file. They differ for the
// colour-blind too.
package chrome

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gocurtain/asyncio/trace/timeline"
)

// arrowCategory is the category of all arrows. It is a part of their identity.
const arrowCategory = "arrow"

// The frame of the file.
const (
	fileHead = `{"displayTimeUnit":"ns","traceEvents":[` + "\n"
	fileTail = "\n]}\n"
)

// flushSize is how many bytes are gathered before they are written.
const flushSize = 64 << 10

// Writer writes what a timeline draws. Only one goroutine at a time may use it. It keeps the first
// error; Flush and Close return it.
type Writer struct {
	out    io.Writer
	file   io.WriteSeeker // out, or nil if the end of the file cannot be overwritten
	kept   int64          // where the end of the file is after the last flush
	buf    []byte
	events int
	err    error

	pids  map[int]uint64 // lane -> process
	base  uint64         // time 0 of the file
	based bool
	flows uint64
}

var _ timeline.Canvas = (*Writer)(nil)

// NewWriter returns a Writer that writes to w, which is a readable file after Close. It does not
// close w.
func NewWriter(w io.Writer) *Writer {
	return &Writer{out: w, buf: []byte(fileHead), pids: make(map[int]uint64)}
}

// NewFileWriter is NewWriter for a file that is readable after each flush too, and so after a
// crash: each writes an end of the file and seeks back before it. If one fails, as on a full disk,
// the file ends where it did before, and is cut there if f has a method Truncate. The file must be
// empty and not opened for appending.
func NewFileWriter(f io.WriteSeeker) *Writer {
	w := NewWriter(f)
	w.file = f
	return w
}

// Flush writes the buffer, and returns the first error of all.
func (w *Writer) Flush() error {
	switch {
	case w.err != nil:
	case w.out == nil:
		w.err = errors.New("chrome: a zero Writer; make one with NewWriter or NewFileWriter")
	case w.file == nil:
		_, w.err = w.out.Write(w.buf)
	default:
		if _, w.err = w.out.Write(append(w.buf, fileTail...)); w.err == nil {
			w.kept += int64(len(w.buf))
			_, w.err = w.file.Seek(w.kept, io.SeekStart)
		} else {
			w.restoreEnd()
		}
	}
	w.buf = w.buf[:0]
	return w.err
}

// Close writes the buffer and the end of the file.
func (w *Writer) Close() error {
	if w.file != nil {
		return w.Flush()
	}
	w.buf = append(w.buf, fileTail...)
	return w.Flush()
}

// restoreEnd puts the end of the file where it was before a write that failed. There is room for
// it, since it was there. If that fails too, the first error says why.
func (w *Writer) restoreEnd() {
	if w.kept == 0 {
		return
	}
	if _, err := w.file.Seek(w.kept, io.SeekStart); err != nil {
		return
	}
	_, _ = io.WriteString(w.file, fileTail)
	if f, ok := w.file.(interface{ Truncate(size int64) error }); ok {
		_ = f.Truncate(w.kept + int64(len(fileTail)))
	}
}

// Process implements [timeline.Canvas]. The start of the first process is time 0.
func (w *Writer) Process(p timeline.Process) {
	if !w.based {
		w.based, w.base = true, p.Start
	}
	if p.Name == "" {
		return
	}
	b := appendName(w.metadata("process_name", p.PID, 0), p.Name)
	if p.Command != "" {
		b = appendString(append(b, `,"command":`...), p.Command)
	}
	w.end(append(b, "}}"...))
}

// Lane implements [timeline.Canvas].
func (w *Writer) Lane(l timeline.Lane) {
	if w.pids == nil {
		w.pids = make(map[int]uint64)
	}
	w.pids[l.ID] = l.PID
	b := appendName(w.metadata("thread_name", l.PID, l.ID), l.Name)
	if l.Loop != 0 {
		b = strconv.AppendInt(append(b, `,"loop":`...), int64(l.Loop), 10)
	}
	w.end(append(b, "}}"...))
	b = append(w.metadata("thread_sort_index", l.PID, l.ID), `"sort_index":`...)
	b = strconv.AppendInt(b, int64(l.Order), 10)
	w.end(append(b, "}}"...))
}

// colors are the names of chrome://tracing's colours, by the category of a slice. What runs is
// strong, what waits is pale.
var colors = map[string]string{
	timeline.Turn:       "grey",
	timeline.Poll:       "cq_build_abandoned",
	timeline.Readiness:  "thread_state_uninterruptible",
	timeline.Callback:   "thread_state_iowait",
	timeline.Step:       "rail_response",
	timeline.Wait:       "thread_state_sleeping",
	timeline.Ready:      "yellow",
	timeline.Cause:      "black",
	timeline.Call:       "thread_state_runnable",
	timeline.Line:       "good",
	timeline.SystemCall: "light_memory_dump",
	timeline.Span:       "thread_state_unknown",
	timeline.Lost:       "detailed_memory_dump",
}

func appendName(b []byte, name string) []byte { return appendString(append(b, `"name":`...), name) }

// Slice implements [timeline.Canvas].
func (w *Writer) Slice(s timeline.Slice) {
	b := w.event('X', s.Category, s.Name, w.pids[s.Lane], s.Lane, s.Start)
	b = append(b, `,"dur":`...)
	b = appendMicros(b, s.End-min(s.Start, s.End))
	if color := colors[s.Category]; color != "" {
		b = append(append(append(b, `,"cname":"`...), color...), '"')
	}
	b = appendArgs(b, s.Args, s.Partner)
	w.end(append(b, '}'))
}

// Arrow implements [timeline.Canvas].
func (w *Writer) Arrow(a timeline.Arrow) {
	w.flows++
	w.flow('s', a.Label, a.From, "")
	w.flow('f', a.Label, a.To, `,"bp":"e"`)
}

func (w *Writer) flow(phase byte, label string, at timeline.Point, extra string) {
	b := w.event(phase, arrowCategory, label, w.pids[at.Lane], at.Lane, at.Time)
	b = append(b, `,"id":"0x`...)
	b = strconv.AppendUint(b, w.flows, 16)
	b = append(append(b, '"'), extra...)
	w.end(append(b, '}'))
}

// Counter implements [timeline.Canvas].
func (w *Writer) Counter(c timeline.Counter) {
	b := w.event('C', "counter", c.Name, c.PID, 0, c.Time)
	b = append(b, `,"args":{"value":`...)
	b = strconv.AppendInt(b, c.Value, 10)
	w.end(append(b, "}}"...))
}

// Source adds the text of a source file, which slices name in their arguments file and line. It is
// for our viewer; others ignore it. pid is a process that runs the file. The lines are separate
// because Perfetto cannot read line ends in a text.
func (w *Writer) Source(pid uint64, file, text string) {
	b := w.metadata("process_sort_index", pid, 0)
	b = append(b, `"sort_index":0,"source":`...)
	b = appendString(b, file)
	b = append(b, `,"lines":[`...)
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, strings.ReplaceAll(line, "\t", "    "))
	}
	w.end(append(b, "]}}"...))
}

// The line of an event is made in a slice of bytes that begin returns and end takes. Meanwhile it
// is not in a field, because storing it in one would be most of the cost of an append.

// event begins the line of an event that has a time.
func (w *Writer) event(phase byte, category, name string, pid uint64, lane int, t uint64) []byte {
	b := append(w.begin(), `{"ph":"`...)
	b = append(b, phase)
	b = append(b, `","cat":`...)
	b = appendString(b, category)
	b = append(b, `,"name":`...)
	b = appendString(b, name)
	b = appendWhere(b, pid, lane)
	b = append(b, `,"ts":`...)
	return appendMicros(b, t-min(w.base, t))
}

// metadata begins the line of an event without a time, up to its arguments.
func (w *Writer) metadata(name string, pid uint64, lane int) []byte {
	b := append(w.begin(), `{"ph":"M","name":"`...)
	b = append(append(b, name...), '"')
	b = appendWhere(b, pid, lane)
	return append(b, `,"args":{`...)
}

// begin separates an event from the one before.
func (w *Writer) begin() []byte {
	w.events++
	if w.events == 1 {
		return w.buf
	}
	return append(w.buf, ",\n"...)
}

// end takes a whole event, after which the buffer may be written.
func (w *Writer) end(b []byte) {
	w.buf = b
	if len(b) >= flushSize {
		_ = w.Flush() // The error is kept.
	}
}

// maxPID is the greatest process id that all viewers take as it is.
const maxPID = 1<<31 - 1

// appendWhere appends the lane. Process 0 is written as 1, since viewers treat 0 in a special way.
func appendWhere(b []byte, pid uint64, lane int) []byte {
	b = append(b, `,"pid":`...)
	b = strconv.AppendUint(b, max(1, pid&maxPID), 10)
	b = append(b, `,"tid":`...)
	return strconv.AppendInt(b, int64(lane), 10)
}

func appendArgs(b []byte, args []timeline.Arg, partner int) []byte {
	if len(args) == 0 && partner == 0 {
		return b
	}
	b = append(b, `,"args":`...)
	sep := byte('{')
	if partner != 0 {
		b = strconv.AppendInt(append(b, `{"lane":`...), int64(partner), 10)
		sep = ','
	}
	for i := range args {
		a := &args[i]
		b = append(appendString(append(b, sep), a.Key), ':')
		if a.IsText {
			b = appendString(b, a.Text)
		} else {
			b = strconv.AppendInt(b, a.Number, 10)
		}
		sep = ','
	}
	return append(b, '}')
}

// appendMicros appends nanoseconds as microseconds with three decimals, exactly.
func appendMicros(b []byte, ns uint64) []byte {
	b = strconv.AppendUint(b, ns/1000, 10)
	return append(b, '.', '0'+byte(ns/100%10), '0'+byte(ns/10%10), '0'+byte(ns%10))
}

// appendString appends a JSON string. Control characters, which Perfetto does not bear even
// escaped, are dropped. A backslash at the end is written by its number: before the closing quote
// Perfetto takes the second of two backslashes for one that escapes the quote, and loses all that
// follows.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	if isPlain(s) {
		return append(append(b, s...), '"')
	}
	var last rune // that was written
	for _, r := range s {
		switch {
		case unicode.IsControl(r):
			continue
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		default:
			b = utf8.AppendRune(b, r)
		}
		last = r
	}
	if last == '\\' {
		b = append(b[:len(b)-2], `\u005c`...)
	}
	return append(b, '"')
}

// isPlain reports whether a string is written as it is: ASCII without what must be escaped or
// dropped.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
