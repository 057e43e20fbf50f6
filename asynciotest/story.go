// SPDX-License-Identifier: Apache-2.0

package asynciotest

import (
	"fmt"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/internal/caller"
	"github.com/gocurtain/asyncio/internal/printable"
	"github.com/gocurtain/asyncio/trace"
)

// story tells what a run does, a line for each step.
type story struct {
	asyncio.NopHooks
	lines     []string
	names     map[uint64]string
	unnamed   map[uint64]bool   // tasks that have their name from here
	running   uint64            // the task whose step runs
	actor     string            // who acts when no step runs
	between   bool              // no step runs, and none has since somebody else acted
	callbacks map[uint64]string // where they come from
	things    map[uint64]int    // futures, locks and so on, by their ids
	mark      string            // of the step that comes next
	place     func() string     // where in the program something is caused, "" if nowhere
}

func newStory() *story {
	return &story{place: place, actor: "loop", between: true, names: map[uint64]string{}, unnamed: map[uint64]bool{}, callbacks: map[uint64]string{}, things: map[uint64]int{}}
}

// String is the story, with numbered lines.
func (s *story) String() string {
	var b strings.Builder
	for i, line := range s.lines {
		fmt.Fprintf(&b, "\t%3d %s\n", i+1, line)
	}
	return strings.TrimRight(b.String(), "\n")
}

// deviates marks the next step: others came before it in the usual order.
func (s *story) deviates(int) { s.mark = ">" }

func (s *story) begin(who string) {
	s.lines = append(s.lines, fmt.Sprintf("%1s %s:", s.mark, who))
	s.mark, s.between = "", false
}

// say adds to the line of the step that runs. Between two turns the loop acts.
func (s *story) say(format string, args ...any) {
	if s.between {
		s.begin(s.actor)
	}
	last := &s.lines[len(s.lines)-1]
	if !strings.HasSuffix(*last, ":") {
		*last += ","
	}
	*last += " " + fmt.Sprintf(format, args...)
	if at := s.place(); at != "" {
		*last += " (" + at + ")"
	}
}

// place is the line of the program that called, as "file.go:12"; "" if the loop itself did.
func place() string {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		switch {
		case f.Function == caller.Turns:
			return ""
		case caller.IsProgram(f.Function, f.File):
			return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
		case !more:
			return ""
		}
	}
}

// name returns the name of a task. Tasks without a name get numbers in this run.
func (s *story) name(task uint64) string {
	if name, ok := s.names[task]; ok {
		return name
	}
	return "?"
}

func (s *story) thing(id uint64) int {
	n, ok := s.things[id]
	if !ok {
		n = len(s.things) + 1
		s.things[id] = n
	}
	return n
}

// TaskCreated implements [asyncio.Hooks], as do the other methods.
func (s *story) TaskCreated(task, parent uint64) {
	name := "main"
	if len(s.names) > 0 {
		name = fmt.Sprintf("task %d", len(s.names)+1)
	}
	s.names[task], s.unnamed[task] = name, true
	if parent != 0 {
		s.say("creates %s", name)
	}
}

func (s *story) TaskNamed(task uint64, name string) {
	old := s.name(task)
	name = printable.Line(name)
	s.names[task] = name
	delete(s.unnamed, task)
	if last := len(s.lines) - 1; last >= 0 {
		before, after, found := cutLast(s.lines[last], " creates "+old)
		if found && !strings.Contains(after, ",") { // it has just been made
			s.lines[last] = before + " creates " + name + after
			return
		}
	}
	s.say("names %s %s", old, name)
}

// cutLast is [strings.Cut] at the last place.
func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// TurnEnd implements [asyncio.Hooks]: until the next step the loop acts.
func (s *story) TurnEnd(uint64) { s.between = true }

// LoopEnd implements [asyncio.Hooks]: what is left is cancelled when the loop is closed.
func (s *story) LoopEnd(uint64) { s.between, s.actor = true, "closing the loop" }

// rename replaces the numbers of tasks in a text, which differ from run to run, by the names of the
// story.
func (s *story) rename(text string) string {
	return taskNumber.ReplaceAllStringFunc(text, func(name string) string {
		id, err := strconv.ParseUint(name[len("Task-"):], 10, 64)
		if err != nil || !s.unnamed[id] {
			return name
		}
		return s.names[id]
	})
}

var taskNumber = regexp.MustCompile(`\bTask-[0-9]+\b`)

func (s *story) StepBegin(task uint64) {
	s.begin(s.name(task))
	s.running = task
}

func (s *story) TaskWaits(task uint64, wait trace.Wait, on uint64, words string) {
	switch wait {
	case trace.WaitSleep:
		s.say("sleeps %v", time.Duration(on))
	case trace.WaitYield:
		s.say("lets others run")
	default:
		if words != "" {
			s.say("waits (%v) for %s", wait, printable.Line(words))
			return
		}
		if on == 0 {
			s.say("waits (%v)", wait)
			return
		}
		if wait == trace.WaitTask { // else a thing of the same number is meant
			s.say("waits for %s", s.name(on))
			return
		}
		s.say("waits (%v) for thing %d", wait, s.thing(on))
	}
}

func (s *story) TaskWoken(task uint64, wake trace.Wake, _ uint64) {
	switch wake {
	case trace.WakeYield:
	case trace.WakeTimer:
		s.begin("timer")
		s.say("wakes %s", s.name(task))
	default:
		s.say("wakes %s", s.name(task))
	}
}

func (s *story) TaskCancelled(task, _ uint64, _ error) { s.say("cancels %s", s.name(task)) }

func (s *story) TaskDone(task uint64, outcome trace.Outcome, _ error) {
	if task != s.running { // it was cancelled before its first step
		s.begin(s.name(task))
	}
	s.say("ends: %v", outcome)
}

func (s *story) HandleScheduled(handle uint64, origin trace.Origin, delay time.Duration) {
	name := fmt.Sprintf("callback %d", len(s.callbacks)+1)
	s.callbacks[handle] = name
	if origin == trace.OriginTimer {
		s.say("schedules %s in %v", name, delay)
		return
	}
	s.say("schedules %s", name)
}

func (s *story) HandleBegin(handle uint64) {
	name, ok := s.callbacks[handle]
	if !ok {
		name = "callback from outside"
	}
	s.begin(name)
}

func (s *story) HandleCancelled(handle uint64) {
	if name, ok := s.callbacks[handle]; ok {
		s.say("cancels %s", name)
	}
}
