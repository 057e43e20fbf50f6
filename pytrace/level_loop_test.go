// SPDX-License-Identifier: Apache-2.0

package pytrace_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/export/chrome"
	"github.com/gocurtain/asyncio/internal/engines"
	"github.com/gocurtain/asyncio/internal/interpreter"
	"github.com/gocurtain/asyncio/pytrace"
	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/validate"
)

// Each program does the same with the probe as without, and its recordings obey the grammar of the
// records.
func TestProgramsDoNotNotice(t *testing.T) {
	programs := []struct {
		name string
		args []string
	}{
		{"sleepers.py", nil},
		{"everything.py", nil},
		{"fork.py", nil},
		{"loops.py", nil},
		{"odd.py", nil},
		{"odd.py", []string{"debug"}},
		{"killed.py", nil},
	}
	interpreter.Each(t, func(t *testing.T, p python) {
		for _, program := range programs {
			t.Run(program.name+strings.Join(program.args, ""), func(t *testing.T) {
				args := append([]string{filepath.Join("testdata", program.name)}, program.args...)
				without := p.Run(t, bare(), args...)
				with, dir := traced(t, p, pytrace.Options{}, args...)
				sameText(t, "output", with.Out, without.Out)
				sameText(t, "errors", with.Errors, without.Errors)
				if with.Status != without.Status {
					t.Errorf("%s with the probe, %s without", with.Status, without.Status)
				}
				if len(read(t, dir)) == 0 {
					t.Error("nothing was recorded")
				}
			})
		}
	})
}

// Every callback that the program counts has a run in the recording, every run has an arrow from
// the line that scheduled it, and every resumption a cause.
func TestEverythingHasACause(t *testing.T) {
	interpreter.Each(t, func(t *testing.T, p python) {
		res, dir := traced(t, p, pytrace.Options{}, filepath.Join("testdata", "everything.py"))
		if res.Status != "exit status 0" {
			t.Fatalf("%s\n%s%s", res.Status, res.Out, res.Errors)
		}
		checkCauses(t, read(t, dir), res.Out)
	})
}

// checkCauses checks the recordings of everything.py against what it has printed.
func checkCauses(t *testing.T, recordings [][]record, out string) {
	t.Helper()
	m := countedRuns.FindStringSubmatch(out)
	if m == nil {
		t.Fatal(out)
	}
	counted, _ := strconv.Atoi(m[1])
	c := newCauses()
	for _, recording := range recordings {
		c.all(recording)
	}
	t.Logf("%d callbacks and %d task steps, %d of them eager, all but %d with a cause; waits %v, wakes %v",
		c.handles, c.steps, c.eager, len(c.problems), c.waits, c.wakes)
	if got := c.handles + c.steps - c.eager; got != counted {
		t.Errorf("%d runs were recorded, the program counts %d", got, counted)
	}
	for _, problem := range c.problems {
		t.Error(problem)
	}
	if c.handles == 0 || c.steps == 0 || c.ready == 0 || c.outside == 0 || c.timers == 0 {
		t.Errorf("something is missing: %+v", c)
	}
}

var countedRuns = regexp.MustCompile(`#runs (\d+)`)

// causes looks for the cause of each run.
type causes struct {
	handles, steps, eager, ready, outside, timers int
	waits                                         map[trace.Wait]int
	wakes                                         map[trace.Wake]int
	problems                                      []string
}

func newCauses() *causes {
	return &causes{waits: map[trace.Wait]int{}, wakes: map[trace.Wake]int{}}
}

func (c *causes) all(recording []record) {
	handles, tasks := map[uint64]bool{}, map[uint64]bool{} // those that have a cause
	for i, rec := range recording {
		sited := rec.Site != 0 && rec.src.Site(rec.Site).Line > 0
		switch rec.Kind {
		case trace.KindHandleScheduled:
			handles[rec.A] = sited
			switch trace.Origin(rec.Aux) {
			case trace.OriginTimer:
				c.timers++
			case trace.OriginOutside:
				c.outside++
			case trace.OriginReader, trace.OriginWriter, trace.OriginSignal:
				handles[rec.A] = false // a run needs readiness
			}
		case trace.KindReady:
			c.ready++
			handles[rec.B] = true
		case trace.KindHandleBegin:
			c.handles++
			c.need(handles[rec.A], "handle", rec)
			handles[rec.A] = false
		case trace.KindTaskCreated:
			tasks[rec.A] = sited
			next := recording[i+1]
			if next.Kind == trace.KindTaskName && next.A == rec.A {
				next = recording[i+2]
			}
			if next.Kind == trace.KindStepBegin && next.A == rec.A {
				c.eager++
			}
		case trace.KindTaskWoken:
			c.wakes[trace.Wake(rec.Aux)]++
			tasks[rec.A] = sited
		case trace.KindTaskWaits:
			c.waits[trace.Wait(rec.Aux)]++
			c.need(sited, "wait of task", rec)
		case trace.KindStepBegin:
			c.steps++
			c.need(tasks[rec.A], "task", rec)
			tasks[rec.A] = false
		}
	}
}

func (c *causes) need(ok bool, what string, rec record) {
	if !ok {
		c.problems = append(c.problems, fmt.Sprintf("%s %d has no cause with a place in the source", what, rec.A))
	}
}

// What lies in the file when a process is killed is a good recording that ends within the step that
// was running.
func TestKilledInTheMiddle(t *testing.T) {
	interpreter.Each(t, func(t *testing.T, p python) {
		res, dir := traced(t, p, pytrace.Options{}, filepath.Join("testdata", "killed.py"))
		if !strings.Contains(res.Status, "killed") {
			t.Fatal(res.Status, res.Errors)
		}
		recordings := read(t, dir)
		if len(recordings) != 1 {
			t.Fatalf("%d recordings", len(recordings))
		}
		all := recordings[0]
		if last := all[len(all)-1]; last.Kind != trace.KindStepBegin || last.src.Closed() {
			t.Errorf("it ends with %s, closed %v", last.Kind, last.src.Closed())
		}
	})
}

// The timeline that is made of the recordings has an arrow for each run.
func TestTimelineHasArrows(t *testing.T) {
	interpreter.Each(t, func(t *testing.T, p python) {
		_, dir := traced(t, p, pytrace.Options{}, filepath.Join("testdata", "everything.py"))
		var out bytes.Buffer
		if err := chrome.ExportPath(&out, dir); err != nil {
			t.Fatal(err)
		}
		problems, err := validate.Chrome(out.Bytes())
		if err != nil || len(problems) > 0 {
			t.Error(err, problems)
		}
		c := newCauses()
		for _, recording := range read(t, dir) {
			c.all(recording)
		}
		want := c.handles + c.steps - c.eager
		arrows := bytes.Count(out.Bytes(), []byte(`"ph":"f"`))
		t.Logf("%s: %d arrows for %d runs", p.Version, arrows, want)
		if arrows < want {
			t.Errorf("%d arrows for %d runs", arrows, want)
		}
		engines.Check(t, out.Bytes(), arrows)
	})
}
