// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"compress/gzip"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gocurtain/asyncio/export/chrome"
	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/model"
	"github.com/gocurtain/asyncio/trace/timeline"
)

// flushInterval is how often the file is brought up to date.
const flushInterval = 500 * time.Millisecond

// exporter writes a timeline. The file is made when the first loop appears, so a
// command without one does not destroy an older trace.
type exporter struct {
	path  string
	pipe  *os.File // what path names, if it is a pipe; else nil
	hurry *atomic.Bool

	noSources bool
	sources   *sources

	window *window // of what is not drawn yet, nil = all is drawn at once
	tail   *tail   // what leaves out what is not in the window

	out      *output
	picture  *timeline.Picture
	builders map[*source]*model.Recording
	err      error // what keeps the file from being written
	replaced bool  // the file was written, and has lost its name

	events      int
	loops       int    // recordings of threads in which a loop ran
	threads     int    // the others
	lost        uint64 // overwritten before they were read
	lostStrings uint64
	dropped     int      // read, but the user did not want to wait
	notes       []string // of what Python's probe could not record; each once
	remarks     []string // of Python's probe, about what it has left out; each once
}

func newExporter(o traceOptions, hurry *atomic.Bool) *exporter {
	e := &exporter{path: o.file, pipe: o.pipe, noSources: o.noSources, hurry: hurry, builders: make(map[*source]*model.Recording)}
	if o.last > 0 {
		e.window = newWindow(o.last)
	}
	return e
}

// run writes what comes until the queue is closed.
func (e *exporter) run(queue <-chan batch) {
	tick := time.NewTicker(flushInterval)
	defer tick.Stop()
	for {
		select {
		case b, ok := <-queue:
			if !ok {
				e.close()
				return
			}
			e.take(b)
		case <-tick.C:
			if e.out != nil {
				e.fail(e.out.Flush())
			}
		}
	}
}

func (e *exporter) take(b batch) {
	if e.window == nil {
		e.draw(b)
		return
	}
	e.window.push(b)
	for {
		old, ok := e.window.pop()
		if !ok {
			return
		}
		e.draw(old)
	}
}

func (e *exporter) draw(b batch) {
	builder := e.builders[b.src]
	if builder == nil {
		builder = e.begin(b.src)
	}
	for _, rec := range b.recs {
		e.add(builder, rec)
		if rec.Kind == trace.KindMark {
			e.remark(b.src, rec)
		}
		b.src.loop = b.src.loop || rec.Kind == trace.KindLoopBegin
	}
	if b.last {
		e.count(b.src)
		builder.Finish(b.seen)
		delete(e.builders, b.src)
		_ = b.src.ring.Close() // It was only read.
	}
}

// remark keeps what Python's probe says to the reader of a recording, as that may not
// look for it there.
func (e *exporter) remark(src *source, rec trace.Record) {
	const most = 10
	text, ok := strings.CutPrefix(src.ring.String(uint32(rec.A)), "probe: ")
	text = src.ring.Producer().Process + ": " + text
	if ok && len(e.remarks) < most && !slices.Contains(e.remarks, text) {
		e.remarks = append(e.remarks, text)
	}
}

// drawWindow draws what is left in the window.
func (e *exporter) drawWindow() {
	for len(e.window.batches) > 0 {
		b := e.window.shift()
		if e.builders[b.src] == nil {
			e.begin(b.src)
		}
		e.tail.drawing = true
		e.draw(b)
	}
}

// begin starts the recording of one loop, and with the first one the file.
func (e *exporter) begin(src *source) *model.Recording {
	if e.picture == nil {
		out, err := createOutput(e.path, e.pipe)
		e.fail(err)
		var sink timeline.Canvas = out
		if e.window != nil {
			e.tail = newTail(out.Writer)
			sink = e.tail
		}
		e.out, e.picture, e.sources = out, timeline.NewPicture(sink), newSources(out)
	}
	producer, names := src.ring.Producer(), trace.Names(src)
	if !e.noSources {
		names = namesWithSources{src, producer.PID, e.sources}
	}
	builder := e.picture.Recording(producer, names)
	e.builders[src] = builder
	return builder
}

// count sums up a recording at its end.
func (e *exporter) count(src *source) {
	if src.loop {
		e.loops++
	} else {
		e.threads++
	}
	e.lostStrings += src.ring.LostStrings()
	if note := src.ring.Note(); note != "" && !slices.Contains(e.notes, note) && len(e.notes) < maxNotes {
		e.notes = append(e.notes, note)
	}
}

func (e *exporter) add(builder *model.Recording, rec trace.Record) {
	switch {
	case rec.Kind == trace.KindLost:
		e.lost += rec.A
	case e.hurry.Load():
		e.dropped++
		return
	case e.tail == nil || e.tail.drawing:
		e.events++
	}
	if e.err == nil {
		builder.Add(rec)
	}
}

func (e *exporter) close() {
	if e.window != nil {
		e.drawWindow()
	}
	if e.out != nil {
		e.replaced = e.err == nil && !e.out.named(e.path)
		e.fail(e.out.Close())
	} else if e.pipe != nil {
		_ = e.pipe.Close() // Nothing was written.
	}
}

// giveUp ends a write that waits for whoever reads the pipe.
func (e *exporter) giveUp() {
	if e.pipe != nil {
		_ = e.pipe.SetWriteDeadline(time.Unix(1, 0)) // A pipe that cannot end a write goes on.
	}
}

// fail says once why the file cannot be written; the program goes on.
func (e *exporter) fail(err error) {
	if err == nil || e.err != nil {
		return
	}
	e.err = err
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = errors.New("nobody reads it")
	}
	sayf("cannot write %s: %v; the program is not recorded any further", e.path, err)
}

// output is the file: JSON that is readable at any time, or a gzip stream of it,
// which has no end yet while it is being written.
type output struct {
	*chrome.Writer
	zip  *gzip.Writer
	file *os.File
}

// createOutput always returns an output, to which nothing is written if there is
// an error. A pipe is open already; else it is nil.
func createOutput(path string, pipe *os.File) (*output, error) {
	file := pipe
	if file == nil {
		var err error
		if file, err = os.Create(path); err != nil {
			return &output{Writer: chrome.NewWriter(io.Discard)}, err
		}
	}
	if strings.HasSuffix(strings.ToLower(path), ".gz") {
		zip := gzip.NewWriter(file)
		return &output{Writer: chrome.NewWriter(zip), zip: zip, file: file}, nil
	}
	if info, err := file.Stat(); err == nil && !info.Mode().IsRegular() {
		return &output{Writer: chrome.NewWriter(file), file: file}, nil // a pipe cannot seek
	}
	return &output{Writer: chrome.NewFileWriter(file), file: file}, nil
}

// Flush brings the file up to date.
func (o *output) Flush() error {
	err := o.Writer.Flush()
	if o.zip != nil && err == nil {
		err = o.zip.Flush()
	}
	return err
}

// Close ends the file.
func (o *output) Close() error {
	err := o.Writer.Close()
	if o.zip != nil && err == nil {
		err = o.zip.Close()
	}
	if o.file != nil {
		err = errors.Join(err, o.file.Close())
	}
	return err
}

// named reports whether the file still has its name.
func (o *output) named(path string) bool {
	if o.file == nil {
		return false
	}
	file, err := o.file.Stat()
	now, nowErr := os.Stat(path)
	return err == nil && nowErr == nil && os.SameFile(file, now)
}
