// SPDX-License-Identifier: Apache-2.0

package model

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/internal/story"
	"github.com/gocurtain/asyncio/trace"
)

// scribe is a listener that writes a line for each fact about tasks and callbacks.
type scribe struct {
	program *Program
	lines   []string
}

func (s *scribe) Recording(producer trace.Producer, names trace.Names) *Recording {
	return s.program.Recording(producer, names, s)
}

func (s *scribe) line(format string, args ...any) {
	s.lines = append(s.lines, fmt.Sprintf(format, args...))
}

func (s *scribe) Begins(a Activity) {
	switch a := a.(type) {
	case *Step:
		s.line("%d %s begins, caused at %d, cancelled at %d", a.Begin, a.Task.Name(), a.Cause.Time, a.Cancel.Time)
	case *Run:
		s.line("%d handle %d begins, %s, caused at %d in task %d", a.Begin, a.ID, a.Origin, a.Cause.Time, a.Cause.In)
	}
}

func (s *scribe) Ends(a Activity) {
	switch a := a.(type) {
	case *Wait:
		s.line("%d %s waited since %d for %s %d, ended by %s %d", a.End, a.Task.Name(), a.Begin, a.For, a.On, a.Cause.Wake, a.Cause.By)
	case *Ready:
		s.line("%d %s was ready since %d", a.End, a.Task.Name(), a.Begin)
	case *Task:
		s.line("%d %s is over, %v %s %s, cut %d", a.End, a.Name(), a.Done, a.Outcome, a.Error, a.Cut)
	case *Gap:
		s.line("%d %d records lost since %d, of %d tasks", a.End, a.Records, a.Begin, len(a.Tasks))
	}
}

func (s *scribe) Happens(e Event) {
	switch e := e.(type) {
	case *Created:
		s.line("%d %s created by %q", e.Time, e.Task.Name(), e.ParentName)
	case *CancelRequested:
		s.line("%d %s to be cancelled by %q: %q", e.Time, e.Name, e.ByName, e.Text)
	}
}

func (s *scribe) Linked(l Link) { s.line("link %d from %d to %d", l.Kind, l.From.Time, l.To.Time) }

// Each fact has its causes, its name and its outcome, also those that later records bring.
func TestFacts(t *testing.T) {
	const head = "producer pid=7 id=1 start=1000 wall=0 language=\"go\" process=\"demo\"\n"
	for _, test := range []struct{ name, records, want string }{
		{"a task is named with its creation, and ends with its outcome", `+1 TaskCreated task=1
+0 TaskName task=1 name_string="main"
+9 StepBegin task=1
+5 StepEnd task=1 flags=done
+5 TaskDone task=1 outcome=error error_string="E"`, `
1001 main created by ""
1010 main was ready since 1001
1010 main begins, caused at 1001, cancelled at 0
1015 main is over, true error E, cut 0`},
		{"a task may end before its first step", `+0 TaskCreated task=1
+5 TaskDone task=1 outcome=cancelled`, `
1000 Task-1 created by ""
1005 Task-1 was ready since 1000
1005 Task-1 is over, true cancelled , cut 0`},
		{"a wait is ended by who wakes the task", `+0 TaskCreated task=1
+0 StepBegin task=1
+1 TaskCreated task=2 parent_task=1
+1 TaskWaits wait=task task=1 on=2
+1 StepEnd task=1
+1 StepBegin task=2
+1 TaskWoken wake=task task=1 by=2
+1 StepEnd task=2 flags=done
+0 StepBegin task=1`, `
1000 Task-1 created by ""
1000 Task-1 was ready since 1000
1000 Task-1 begins, caused at 1000, cancelled at 0
1001 Task-2 created by "Task-1"
1004 Task-2 was ready since 1001
1004 Task-2 begins, caused at 1001, cancelled at 0
1005 Task-1 waited since 1003 for task 2, ended by task 2
1006 Task-2 is over, true 0 , cut 0
1006 Task-1 was ready since 1005
1006 Task-1 begins, caused at 1005, cancelled at 0
1006 Task-1 is over, false 0 , cut 2`},
		{"a cancellation is a cause of its own", `+0 StepBegin task=1
+1 StepEnd task=1
+1 TaskCancelText task=1 text_string="enough"
+0 TaskCancelled task=1
+1 TaskWoken wake=cancel task=1
+1 StepBegin task=1`, `
1000 Task-1 begins, caused at 0, cancelled at 0
1002 Task-1 to be cancelled by "": "enough"
1003 Task-1 waited since 1001 for 0 0, ended by cancel 0
1004 Task-1 was ready since 1003
1004 Task-1 begins, caused at 1003, cancelled at 1002
1004 Task-1 is over, false 0 , cut 2`},
		{"a callback goes back to where it was scheduled, and by which task", `+0 HandleScheduled origin=soon handle=5
+1 StepBegin task=3
+1 CallBegin
+1 HandleScheduled origin=soon handle=6
+1 StepEnd task=3 flags=done
+3 HandleBegin handle=5
+1 HandleEnd handle=5
+1 HandleBegin handle=6`, `
1001 Task-3 begins, caused at 0, cancelled at 0
1004 Task-3 is over, true 0 , cut 0
1007 handle 5 begins, soon, caused at 1000 in task 0
1009 handle 6 begins, soon, caused at 1003 in task 3`},
		{"what spans a gap is cut", `+0 TaskCreated task=1
+5 Lost records=9
+5 StepBegin task=1`, `
1000 Task-1 created by ""
1000 Task-1 was ready since 1000
1005 9 records lost since 1000, of 1 tasks
1010 Task-1 begins, caused at 0, cancelled at 0
1010 Task-1 is over, false 0 , cut 2`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &scribe{program: NewProgram()}
			if err := ReadAll(s, story.Source(t, head+test.records+"\n")); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(s.lines, "\n"); got != strings.TrimSpace(test.want) {
				t.Errorf("got\n%s\nwant%s", got, test.want)
			}
		})
	}
}
