// SPDX-License-Identifier: Apache-2.0

// Package chrome writes timelines in the Trace Event Format, the JSON that
// ui.perfetto.dev, chrome://tracing and speedscope read. A [Writer] is a
// model.Sink; [Export] turns whole recordings into a file.
//
// The file is the object form with one event per line. It must be this form,
// because only it can say displayTimeUnit ns: otherwise chrome://tracing nests
// slices to the microsecond only, and loses arrows between things that happen
// within one. The object form must end properly to be readable, so [NewFile]
// makes every flush write an end, which the next one overwrites.
//
// Each arrow is a pair of flow events with an id of its own. The start of an
// arrow carries the time of a slice of no length, its end the time of the slice
// it leads to, with bp:"e"; since no two slices of a lane start or end at the
// same time, every viewer binds it to the same two slices.
package chrome

import (
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gocurtain/asyncio/trace/model"
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

// Writer writes what a model draws. It is for one goroutine at a time. The
// first error is kept and returned by Flush and Close.
type Writer struct {
	out    io.Writer
	seeker io.Seeker // nil = the end of the file cannot be overwritten
	buf    []byte
	events int
	err    error

	pids  map[int]uint64 // lane -> process
	base  uint64         // time 0 of the file
	based bool
	flows uint64
}

var _ model.Sink = (*Writer)(nil)

// NewWriter returns a Writer that writes to w, which is a readable file after
// Close. It does not close w.
func NewWriter(w io.Writer) *Writer {
	return &Writer{out: w, buf: []byte(fileHead), pids: make(map[int]uint64)}
}

// NewFile is NewWriter for a file that is readable after each flush too, and so
// after a crash: each writes an end of the file and seeks back before it. The
// file must be empty and not opened for appending.
func NewFile(f io.WriteSeeker) *Writer {
	w := NewWriter(f)
	w.seeker = f
	return w
}

// Flush writes what is buffered and returns the first error of all.
func (w *Writer) Flush() error {
	if w.seeker == nil {
		w.write(w.buf)
	} else {
		w.write(append(w.buf, fileTail...))
		w.seek(-int64(len(fileTail)))
	}
	w.buf = w.buf[:0]
	return w.err
}

// Close writes what is buffered and the end of the file.
func (w *Writer) Close() error {
	w.write(append(w.buf, fileTail...))
	w.buf = w.buf[:0]
	return w.err
}

func (w *Writer) write(b []byte) {
	if w.err == nil {
		_, w.err = w.out.Write(b)
	}
}

func (w *Writer) seek(offset int64) {
	if w.err == nil {
		_, w.err = w.seeker.Seek(offset, io.SeekCurrent)
	}
}

// Process implements [model.Sink]. The start of the first process is time 0.
func (w *Writer) Process(p model.Process) {
	if !w.based {
		w.based, w.base = true, p.Start
	}
	if p.Name == "" {
		return
	}
	w.metadata("process_name", p.PID, 0)
	w.name(p.Name)
	if p.Command != "" {
		w.field(`,"command":`)
		w.buf = appendString(w.buf, p.Command)
	}
	w.end("}}")
}

// Lane implements [model.Sink].
func (w *Writer) Lane(l model.Lane) {
	w.pids[l.ID] = l.PID
	w.metadata("thread_name", l.PID, l.ID)
	w.name(l.Name)
	if l.Loop != 0 {
		w.field(`,"loop":`)
		w.int(int64(l.Loop))
	}
	w.end("}}")
	w.metadata("thread_sort_index", l.PID, l.ID)
	w.field(`"sort_index":`)
	w.int(int64(l.Order))
	w.end("}}")
}

// Slice implements [model.Sink].
func (w *Writer) Slice(s model.Slice) {
	w.event('X', s.Category, s.Name, w.pids[s.Lane], s.Lane, s.Start)
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
	w.event(phase, arrowCategory, label, w.pids[at.Lane], at.Lane, at.Time)
	w.field(`,"id":"0x`)
	w.buf = strconv.AppendUint(w.buf, w.flows, 16)
	w.field(`"` + extra)
	w.end("}")
}

// Counter implements [model.Sink].
func (w *Writer) Counter(c model.Counter) {
	w.event('C', "counter", c.Name, c.PID, 0, c.Time)
	w.field(`,"args":{"value":`)
	w.int(c.Value)
	w.end("}}")
}

// event begins the line of an event that has a time.
func (w *Writer) event(phase byte, category, name string, pid uint64, lane int, t uint64) {
	w.begin()
	w.field(`{"ph":"`)
	w.buf = append(w.buf, phase)
	w.field(`","cat":`)
	w.buf = appendString(w.buf, category)
	w.field(`,"name":`)
	w.buf = appendString(w.buf, name)
	w.where(pid, lane)
	w.field(`,"ts":`)
	w.micros(t - min(w.base, t))
}

// metadata begins the line of an event that has none, up to its arguments.
func (w *Writer) metadata(name string, pid uint64, lane int) {
	w.begin()
	w.field(`{"ph":"M","name":"` + name + `"`)
	w.where(pid, lane)
	w.field(`,"args":{`)
}

func (w *Writer) name(name string) {
	w.field(`"name":`)
	w.buf = appendString(w.buf, name)
}

// Source adds the text of a source file, which slices name in their arguments file and
// line. It is for our viewer; others read over it. pid is a process that runs the file.
// The lines are apart because Perfetto bears no line ends in a text.
func (w *Writer) Source(pid uint64, file, text string) {
	w.metadata("process_sort_index", pid, 0)
	w.field(`"sort_index":0,"source":`)
	w.buf = appendString(w.buf, file)
	w.field(`,"lines":[`)
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if i > 0 {
			w.field(",")
		}
		w.buf = appendString(w.buf, strings.ReplaceAll(line, "\t", "    "))
	}
	w.end("]}}")
}

// maxPID is the greatest process id that all viewers take as it is.
const maxPID = 1<<31 - 1

// where writes the lane. Process 0 is written as 1, which viewers do not treat
// in a way of its own.
func (w *Writer) where(pid uint64, lane int) {
	w.field(`,"pid":`)
	w.buf = strconv.AppendUint(w.buf, max(1, pid&maxPID), 10)
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
		w.buf = append(appendString(w.buf, a.Key), ':')
		if a.IsText {
			w.buf = appendString(w.buf, a.Text)
		} else {
			w.int(a.Number)
		}
	}
	w.field("}")
}

func (w *Writer) field(s string) { w.buf = append(w.buf, s...) }

func (w *Writer) int(v int64) { w.buf = strconv.AppendInt(w.buf, v, 10) }

// micros writes nanoseconds as microseconds with three decimals, exactly.
func (w *Writer) micros(ns uint64) {
	w.buf = strconv.AppendUint(w.buf, ns/1000, 10)
	w.buf = append(w.buf, '.', '0'+byte(ns/100%10), '0'+byte(ns/10%10), '0'+byte(ns%10))
}

// begin separates an event from the one before.
func (w *Writer) begin() {
	if w.events > 0 {
		w.field(",\n")
	}
	w.events++
}

// end finishes an event, after which the buffer may be written.
func (w *Writer) end(s string) {
	w.field(s)
	if len(w.buf) >= flushSize {
		_ = w.Flush() // The error is kept.
	}
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
