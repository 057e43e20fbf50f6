// SPDX-License-Identifier: Apache-2.0

package pytrace_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/internal/interpreter"
	"github.com/gocurtain/asyncio/pytrace"
	"github.com/gocurtain/asyncio/trace"
)

// A task that starts at once is made where it is made, with its name, by whoever makes it; its
// first step is its own, and one that has ended then shows.
func TestEagerTasks(t *testing.T) {
	want := []string{
		`by hand of Task-N main: Task(ends(), loop=loop, name="by hand", eager_start=True),`,
		`waiting of Task-N main: Task(waits(), loop=loop, name="waiting", eager_start=True),`,
		`by keyword of Task-N main: Task(coro=waits(), loop=loop, name="by keyword", eager_start=True),`,
		`Task-N tells of Task-N main: Task(tells(), loop=loop, eager_start=True),`,
		`failing of Task-N main: Task(fails(), loop=loop, name="failing", eager_start=True),`,
		`outer of Task-N main: Task(outer(), loop=loop, name="outer", eager_start=True),`,
		`inner of outer: inner = Task(waits(), loop=asyncio.get_running_loop(), name="inner", eager_start=True)`,
		`Task-N tells of outer: Task(tells(), loop=asyncio.get_running_loop(), eager_start=True)`,
		`itself of Task-N main: Task(itself(), loop=loop, name="itself", eager_start=True),`,
		`yields of Task-N main: Task(yields(), loop=loop, name="", eager_start=True),`,
		`derived of Task-N main: super().__init__(coro, eager_start=True, **options)`,
		`stopping of Task-N main: Task(stops(), loop=loop, name="stopping", eager_start=True)`,
		`factory of Task-N main: made.append(loop.create_task(ends(), name="factory"))`,
		`asyncio's of Task-N main: made.append(asyncio.create_task(ends(), name="asyncio's"))`,
		`asyncio's waiting of Task-N main: made.append(asyncio.create_task(waits(), name="asyncio's waiting"))`,
		`grouped of Task-N main: group.create_task(ends(), name="grouped")`,
		`other factory of Task-N main: super().__init__(coro, eager_start=True, **options)`,
	}
	interpreter.Each(t, func(t *testing.T, p python) {
		if p.Minor < 12 {
			t.Skip("tasks do not start at once before 3.12")
		}
		needsRecorder(t, p)
		for _, level := range pytrace.Levels() {
			t.Run(string(level), func(t *testing.T) {
				program := filepath.Join("testdata", "eager.py")
				without := p.Run(t, bare(), program)
				with, dir := traced(t, p, pytrace.Options{Level: level, Records: 1 << 18}, program)
				if with != without {
					t.Errorf("got %v, want %v", with, without)
				}
				s := storyOf(t, read(t, dir)[0], program)
				if !slices.Equal(s.made, want) {
					t.Errorf("got\n%s\nwant\n%s", strings.Join(s.made, "\n"), strings.Join(want, "\n"))
				}
				for name, outcome := range map[string]trace.Outcome{
					"by hand": trace.OutcomeResult, "failing": trace.OutcomeError, "itself": trace.OutcomeCancelled,
					"stopping": trace.OutcomeError, "inner": trace.OutcomeResult, "derived": trace.OutcomeResult,
				} {
					if s.ended[name] != outcome {
						t.Errorf("%s has ended with %v", name, s.ended[name])
					}
				}
				for _, line := range calledNames.FindAllStringSubmatch(with.Out, -1) {
					if !slices.Contains(s.names, line[1]+" tells") {
						t.Errorf("no task has the name %q: %q", line[1]+" tells", s.names)
					}
				}
			})
		}
	})
}

// Without the compiled recorder those show that asyncio's own create_task starts.
func TestEagerTasksWithoutRecorder(t *testing.T) {
	t.Setenv("CURTAIN_PYTHON_COMPILED", "0")
	interpreter.Each(t, func(t *testing.T, p python) {
		if p.Minor < 12 {
			t.Skip("tasks do not start at once before 3.12")
		}
		program := filepath.Join("testdata", "eager.py")
		_, dir := traced(t, p, pytrace.Options{}, program)
		want := []string{
			`factory of Task-N main: made.append(loop.create_task(ends(), name="factory"))`,
			`asyncio's of Task-N main: made.append(asyncio.create_task(ends(), name="asyncio's"))`,
			`asyncio's waiting of Task-N main: made.append(asyncio.create_task(waits(), name="asyncio's waiting"))`,
			`grouped of Task-N main: group.create_task(ends(), name="grouped")`,
		}
		s := storyOf(t, read(t, dir)[0], program)
		for _, line := range want {
			if !slices.Contains(s.made, line) {
				t.Errorf("nothing tells of %s, but\n%s", line, strings.Join(s.made, "\n"))
			}
		}
	})
}

var calledNames = regexp.MustCompile(`called (.*)`)

// eagerStory is what a recording tells of tasks that start at once.
type eagerStory struct {
	made, names []string
	ended       map[string]trace.Outcome
}

func storyOf(t *testing.T, records []record, program string) (s eagerStory) {
	t.Helper()
	text, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	names := map[uint64]string{}
	s.ended = map[string]trace.Outcome{}
	number := regexp.MustCompile(`Task-\d+`)
	for i, rec := range records {
		switch rec.Kind {
		case trace.KindTaskCreated:
			named := records[i+1]
			name := named.src.String(uint32(named.B))
			if named.Flags == trace.NameFunction && rec.A < trace.FirstUnnumberedTask {
				name = fmt.Sprintf("Task-%d %s", rec.A, name)
			}
			names[rec.A] = name
			s.names = append(s.names, name)
			if next := records[i+2]; next.Kind != trace.KindStepBegin || next.A != rec.A {
				continue
			}
			site := rec.src.Site(rec.Site)
			line := "nowhere"
			if site.Line > 0 && filepath.Base(site.File) == filepath.Base(program) {
				line = strings.TrimSpace(lines[site.Line-1])
			}
			s.made = append(s.made, number.ReplaceAllString(fmt.Sprintf("%s of %s: %s", name, names[rec.B], line), "Task-N"))
		case trace.KindTaskDone:
			s.ended[names[rec.A]] = trace.Outcome(rec.Flags)
		}
	}
	return s
}
