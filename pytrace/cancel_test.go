// SPDX-License-Identifier: Apache-2.0

package pytrace_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/internal/interpreter"
	"github.com/gocurtain/asyncio/pytrace"
	"github.com/gocurtain/asyncio/trace"
)

// Each cancellation of a task is told when and where it is asked for, by whom, and once.
func TestCancellations(t *testing.T) {
	want := []string{
		"early by main: early.cancel()",
		"late by main: late.cancel()",
		"itself by itself: asyncio.current_task().cancel()",
		"outer by main: outer.cancel()",
		"inner by main: outer.cancel()",
		"absorbing by main: absorbing.cancel()",
		"called by nobody: task.cancel()",
		"bound by nobody: events.py",
		"slow by main: slow.cancel()",
	}
	interpreter.Each(t, func(t *testing.T, p python) {
		needsRecorder(t, p)
		want := slices.Clone(want)
		for _, later := range []struct {
			minor int
			text  string
		}{
			{9, `told by main: told.cancel(*args, **names) "enough"`},
			{9, `told by main: told.cancel(*args, **names) "by name"`},
			{9, `told by main: told.cancel(*args, **names)`},
			{9, `slow by main: slow.cancel("slowly") "slowly"`},
			{12, "patient by nobody: await asyncio.wait_for(forever(), 0.001)"},
			{11, "timed by nobody: async with asyncio.timeout(0.001):"},
			{11, "nested by nobody: async with asyncio.timeout(0.001):"},
			{11, "sibling by nobody: async with asyncio.TaskGroup() as group:"},
			{11, "group by nobody: async with asyncio.TaskGroup() as group:"},
			{12, "eager by eager: asyncio.current_task().cancel()"},
		} {
			if p.Minor >= later.minor {
				want = append(want, later.text)
			}
		}
		program := filepath.Join("testdata", "cancels.py")
		without := p.Run(t, bare(), program)
		with, dir := traced(t, p, pytrace.Options{}, program)
		sameText(t, "output", with.Out, without.Out)
		sameText(t, "errors", with.Errors, without.Errors)
		if got := cancellations(t, read(t, dir)[0], program); !slices.Equal(got, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

// Without the compiled recorder they are told late, and without who asks; a task whose future was
// cancelled may look like one.
func TestCancellationsWithoutRecorder(t *testing.T) {
	t.Setenv("CURTAIN_PYTHON_COMPILED", "0")
	interpreter.Each(t, func(t *testing.T, p python) {
		want := "early late itself inner absorbing absorbing called bound slow"
		if p.Minor >= 11 {
			want = "early late itself inner outer absorbing absorbing called bound slow"
		}
		if p.Minor >= 9 {
			want += " told told told slow"
		}
		if p.Minor >= 12 {
			want += " patient"
		}
		if p.Minor >= 11 {
			want += " timed nested sibling group"
		}
		if p.Minor >= 12 {
			want += " eager"
		}
		program := filepath.Join("testdata", "cancels.py")
		_, dir := traced(t, p, pytrace.Options{}, program)
		var got []string
		for _, told := range cancellations(t, read(t, dir)[0], program) {
			whom, _, _ := strings.Cut(told, " by ")
			got = append(got, whom)
		}
		sameText(t, "cancelled", strings.Join(got, " "), want)
	})
}

// A task that fails says with which exception.
func TestErrors(t *testing.T) {
	interpreter.Each(t, func(t *testing.T, p python) {
		_, dir := traced(t, p, pytrace.Options{}, filepath.Join("testdata", "errors.py"))
		var got []string
		for _, rec := range read(t, dir)[0] {
			if rec.Kind == trace.KindTaskDone && rec.Flags == uint8(trace.OutcomeError) {
				got = append(got, rec.src.String(uint32(rec.B)))
			} else if rec.Kind == trace.KindTaskDone && rec.B != 0 {
				t.Errorf("a task that ends with %s has an error", trace.Outcome(rec.Flags))
			}
		}
		want := []string{"ValueError", "json.decoder.JSONDecodeError", "__main__.Own", "__main__.fails.<locals>.Within", "Nameless", "KeyboardInterrupt"}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// cancellations tells who cancels whom in which line of the program, or in which file of asyncio,
// and with which text.
func cancellations(t *testing.T, records []record, program string) (told []string) {
	t.Helper()
	text, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	names := map[uint64]string{0: "nobody"}
	for _, rec := range records {
		if rec.Kind == trace.KindTaskName && rec.Flags == 0 {
			names[rec.A] = rec.src.String(uint32(rec.B))
		}
	}
	words := ""
	for _, rec := range records {
		if rec.Kind == trace.KindTaskCancelText {
			words = fmt.Sprintf(" %q", rec.src.String(uint32(rec.B)))
		}
		if rec.Kind != trace.KindTaskCancelled {
			continue
		}
		site := rec.src.Site(rec.Site)
		place := filepath.Base(site.File)
		if place == filepath.Base(program) {
			place = strings.TrimSpace(lines[site.Line-1])
		}
		told = append(told, names[rec.A]+" by "+names[rec.B]+": "+place+words)
		words = ""
	}
	return told
}

// A task that is thrown away while it waits has ended then, once.
func TestDestroyedTasks(t *testing.T) {
	interpreter.Each(t, func(t *testing.T, p python) {
		program := filepath.Join("testdata", "destroyed.py")
		without := p.Run(t, bare(), program)
		with, dir := traced(t, p, pytrace.Options{}, program)
		sameText(t, "output", with.Out, without.Out)
		sameText(t, "errors", with.Errors, without.Errors)
		outcomes := map[trace.Outcome]int{}
		for _, rec := range read(t, dir)[0] {
			if rec.Kind == trace.KindTaskDone {
				outcomes[trace.Outcome(rec.Flags)]++
			}
		}
		if outcomes[trace.OutcomeDestroyed] != 2 || outcomes[trace.OutcomeCancelled] != 1 {
			t.Errorf("tasks have ended as %v, want two destroyed and one cancelled", outcomes)
		}
	})
}
