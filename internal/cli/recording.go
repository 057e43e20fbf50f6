// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gocurtain/asyncio/internal/session"
)

// recording is a session that writes FILE, and its messages for the user.
type recording struct {
	dir     string
	options traceOptions
	session *session.Session
	out     *output          // nil until something is recorded
	drawing *session.Drawing // into out
}

func startRecording(dir string, o traceOptions) *recording {
	r := &recording{dir: dir, options: o}
	r.session = session.Start(dir, session.Options{Open: r.open, Failed: r.failed, Last: o.last})
	return r
}

// open makes FILE when the first program is recorded, so a command that records nothing does not
// destroy an older trace.
func (r *recording) open() (session.Output, error) {
	out, err := createOutput(r.options.file, r.options.pipe)
	if err != nil {
		return nil, err
	}
	r.out, r.drawing = out, session.Draw(out, !r.options.noSources)
	return r.drawing, nil
}

// failed says why FILE cannot be written; the program goes on.
func (r *recording) failed(err error) {
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = errors.New("nobody reads it")
	}
	sayf("cannot write %s: %v; the program is not recorded any further", r.options.file, err)
}

// stop reads what is left after the command's end, and ends FILE. If interrupted tells of a signal
// meanwhile, it drops the rest.
func (r *recording) stop(interrupted <-chan struct{}) {
	r.session.End()
	long := time.After(time.Second)
	for {
		select {
		case <-r.session.Done():
			if r.out == nil && r.options.pipe != nil {
				_ = r.options.pipe.Close() // Nothing was written.
			}
			return
		case <-long:
			sayf("writing the rest of %s; Ctrl-C gives it up", r.options.file)
		case <-interrupted:
			r.giveUp()
		}
	}
}

// giveUp ends a write that waits for the pipe's reader, and drops the rest.
func (r *recording) giveUp() {
	r.session.Hurry()
	if r.options.pipe != nil {
		_ = r.options.pipe.SetWriteDeadline(time.Unix(1, 0)) // A pipe that cannot end a write goes on.
	}
}

// sum says how the recording of a command went. notes are the probe's, left are the processes that
// were followed and still run.
func (r *recording) sum(command, notes, left []string, followed bool) {
	sum, file := r.session.Sum(), r.options.file
	switch {
	case sum.Loops+sum.Threads > 0:
		what := fmt.Sprintf("%s of %s%s in %s", count(sum.Events, "event"), recorded(sum), r.part(sum), file)
		switch {
		case sum.Err != nil: // It was said.
		case r.out.replaced:
			sayf("%s was removed or replaced while it was written, so the recording is lost", file)
		case r.options.pipe != nil: // the pipe's reader has it
			sayf("%s", what)
		default:
			sayf("%s; open it with: curtain view %s", what, shellQuote(file))
		}
		for _, note := range notes {
			sayf("not recorded: %s", note)
		}
		for _, note := range sum.Notes {
			if !slices.Contains(notes, note) {
				sayf("not recorded: %s", note)
			}
		}
	case len(notes) > 0:
		sayf("nothing was recorded: %s", strings.Join(notes, "; "))
	case len(left) > 0:
		sayf("nothing was recorded before the end of %s", command[0])
	default:
		sayf("nothing was recorded: %s", cmp.Or(unwritable(r.dir), keepsProbeOut(command), noProgram(command[0])))
	}
	for _, remark := range sum.Remarks {
		sayf("%s", remark)
	}
	switch {
	case len(left) > 0 && followed:
		sayf("%s, not recorded any further", runOn(left))
	case len(left) > 0:
		sayf("%s, not recorded any further; curtain trace --follow goes on until the end", runOn(left))
	}
	if sum.Lost > 0 {
		sayf("%s lost: the program made them faster than they could be written", count(sum.Lost, "event"))
	}
	if sum.LostStrings > 0 {
		sayf("%s lost: a program has more than its recording has room for, so some events lack their names or places", count(sum.LostStrings, "name"))
	}
	if sum.Dropped > 0 {
		sayf("%s not written: interrupted", count(sum.Dropped, "event"))
	}
	if err := errors.Join(sum.Damaged...); err != nil {
		sayf("a recording is damaged: %v", err)
	}
}

// part says how much of the run is in the file, if it is not all.
func (r *recording) part(sum session.Sum) string {
	if r.drawing == nil || r.drawing.Cut() == 0 {
		return ""
	}
	length := min(time.Duration(sum.Newest-min(r.drawing.Cut(), sum.Newest)), r.options.last)
	return fmt.Sprintf(", the last %v,", length.Round(10*time.Millisecond))
}

// recorded says what the recordings are of.
func recorded(sum session.Sum) string {
	switch {
	case sum.Threads == 0:
		return count(sum.Loops, "loop")
	case sum.Loops == 0:
		return count(sum.Threads, "thread")
	}
	return count(sum.Loops, "loop") + " and " + count(sum.Threads, "other thread")
}

func count[N int | uint64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
