// SPDX-License-Identifier: Apache-2.0

package record

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gocurtain/asyncio/internal/seal"
	"github.com/gocurtain/asyncio/trace"
)

// Options say how to record. The zero value is a good choice.
type Options struct {
	// Sites records which place in the program caused a record.
	Sites bool
	// Records is how many records a ring holds; 0 means [trace.DefaultRecords].
	Records int
	// Strings is how many bytes of names a ring holds; 0 means [trace.DefaultStrings].
	Strings int
}

// Recorder records what one loop does. Its methods, unless their comments say otherwise, are the
// hooks of the root package. Make one with [Create] or [Stream]. A zero Recorder has nowhere to
// record to, and its hooks do not check that, to stay cheap.
type Recorder struct {
	seal.Seal // of the hooks of the root package
	out       trace.Appender
	offset    int64  // from the cheap clock to CLOCK_MONOTONIC
	sites     *sites // nil = not wanted
	outside   lockedSites
}

// producers numbers the recordings of this process.
var producers atomic.Uint64

// Create starts a recording in a new file <dir>/<pid>-<n>-<time>.curtain, readable by its owner
// only. The directory must exist.
func Create(dir string, opts Options) (*Recorder, error) {
	if info, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) || err == nil && !info.IsDir() {
		return nil, fmt.Errorf("record: %s is not a directory: create it first", dir)
	} else if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	for {
		p := newProducer()
		// Other processes may have the same id: earlier ones, and those of other namespaces. A
		// reader may have read a file of the same name already.
		path := filepath.Join(dir, fmt.Sprintf("%d-%d-%d%s", p.PID, p.ID, p.Start, trace.Extension))
		ring, err := trace.CreateRing(path, p, trace.RingOptions{Records: opts.Records, Strings: opts.Strings})
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("record: %w", err)
		}
		return newRecorder(ring, opts), nil
	}
}

// Stream starts a recording that is written to w as it grows. Close flushes it.
func Stream(w io.Writer, opts Options) (*Recorder, error) {
	stream, err := trace.NewStream(w, newProducer())
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	return newRecorder(stream, opts), nil
}

func newProducer() trace.Producer {
	return trace.Producer{
		PID:      uint64(os.Getpid()),
		ID:       producers.Add(1),
		Start:    uint64(now(offset())),
		Wall:     uint64(time.Now().UnixNano()),
		Language: "go",
		Process:  filepath.Base(os.Args[0]),
		Command:  strings.Join(os.Args, " "),
	}
}

func newRecorder(out trace.Appender, opts Options) *Recorder {
	r := &Recorder{out: out, offset: offset()}
	if opts.Sites {
		r.sites = newSites(out)
		r.outside.sites = *newSites(out)
	}
	return r
}

// Close ends the recording. Hooks that are called later record nothing.
func (r *Recorder) Close() error {
	if r.out == nil {
		return nil
	}
	return r.out.Close()
}

// now returns CLOCK_MONOTONIC in ns.
func now(offset int64) int64 { return int64(time.Since(base)) + offset }

func (r *Recorder) now() uint64 { return uint64(now(r.offset)) }

// event appends a record of this moment.
func (r *Recorder) event(kind trace.Kind, flags uint8, aux uint16, a, b uint64) {
	r.out.Append(trace.Record{Time: r.now(), Kind: kind, Flags: flags, Aux: aux, A: a, B: b})
}

// caused appends a record of this moment, which it returns, that carries its place in the program.
func (r *Recorder) caused(kind trace.Kind, flags uint8, aux uint16, a, b uint64) (at uint64) {
	rec := trace.Record{Time: r.now(), Kind: kind, Flags: flags, Aux: aux, A: a, B: b}
	if r.sites != nil {
		rec.Site = r.sites.caller(2)
	}
	r.out.Append(rec)
	return rec.Time
}

// string interns a name, "" as 0.
func (r *Recorder) string(s string) uint64 {
	if s == "" {
		return 0
	}
	return uint64(r.out.String(s))
}
