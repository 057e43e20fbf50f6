// SPDX-License-Identifier: Apache-2.0

package parity

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/asynciotest"
	"github.com/gocurtain/asyncio/internal/interpreter"
)

var update = flag.Bool("update", false, "write down what the latest Python prints")

func TestMain(m *testing.M) { asynciotest.Main(m) }

// scenario is the Go side of one.
type scenario struct {
	run func(ctx context.Context, say sayer) error
	// differs has the lines, counted from 1, that are others here, and why.
	differs map[int]difference
}

// difference is a line that is another one here; "" for none.
type difference struct{ here, why string }

// sayer prints a line, as Python's print does.
type sayer func(args ...any)

// step is what the scenarios' tasks run.
type step = func(ctx context.Context) error

// themes are the files of testdata, with the Go side of each scenario.
var themes = map[string]map[string]scenario{
	"tasks":        taskScenarios,
	"callbacks":    callbackScenarios,
	"cancel":       cancelScenarios,
	"waits":        waitScenarios,
	"coordination": coordinationScenarios,
}

// expected is what CPython has printed for a theme, by scenario.
func expected(t *testing.T, theme string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", theme+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	return sections(string(text))
}

// sections splits what parity.py prints.
func sections(text string) map[string][]string {
	all := map[string][]string{}
	name := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if title, ok := strings.CutPrefix(line, "-- "); ok {
			name = strings.TrimSuffix(title, " --")
			all[name] = nil
			continue
		}
		all[name] = append(all[name], line)
	}
	return all
}

// TestGo runs the Go side of each scenario, and compares.
func TestGo(t *testing.T) {
	total := 0
	for theme, scenarios := range themes {
		want := expected(t, theme)
		total += len(want)
		for _, name := range slices.Sorted(maps.Keys(want)) {
			t.Run(theme+"/"+name, func(t *testing.T) {
				s, ok := scenarios[name]
				if !ok {
					t.Fatal("there is no Go side")
				}
				compare(t, output(t, s), want[name], s.differs)
			})
		}
		for name := range scenarios {
			if _, ok := want[name]; !ok {
				t.Errorf("%s/%s has no Python side", theme, name)
			}
		}
	}
	if total < 60 {
		t.Errorf("%d scenarios", total)
	}
}

// output is what the Go side says.
func output(t *testing.T, s scenario) []string {
	t.Helper()
	var lines []string
	say := func(args ...any) { lines = append(lines, strings.TrimSuffix(fmt.Sprintln(args...), "\n")) }
	asynciotest.Run(t, func(ctx context.Context, t *asynciotest.T) {
		asyncio.CurrentTask(ctx).SetName("main")
		if err := s.run(ctx, say); err != nil {
			t.Error(err)
		}
	})
	return lines
}

// compare applies the differences to what Python prints. One that is none any more is a failure,
// too.
func compare(t *testing.T, got, python []string, differs map[int]difference) {
	t.Helper()
	var want []string
	for i := 1; i <= len(python) || differs[i].here != ""; i++ {
		d, ok := differs[i]
		switch {
		case !ok:
			want = append(want, python[i-1])
		case d.why == "":
			t.Errorf("line %d differs, and it is not said why", i)
		case i <= len(python) && d.here == python[i-1]:
			t.Errorf("line %d no longer differs: %s", i, d.here)
		case d.here != "":
			want = append(want, d.here)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("Go says\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// TestPython runs the Python side of all scenarios on each interpreter.
func TestPython(t *testing.T) {
	found := interpreter.Need(t)
	latest := found[len(found)-1]
	if testing.Short() {
		found = found[max(0, len(found)-2):]
	}
	for theme := range themes {
		if *update {
			text := runPython(t, latest, theme)
			if err := os.WriteFile(filepath.Join("testdata", theme+".txt"), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want := expected(t, theme)
		for _, p := range found {
			t.Run(fmt.Sprintf("3.%d/%s", p.Minor, theme), func(t *testing.T) {
				for name, lines := range sections(runPython(t, p, theme)) {
					if !slices.Equal(lines, want[name]) {
						t.Errorf("%s: it prints\n\t%s\nwant\n\t%s", name, strings.Join(lines, "\n\t"), strings.Join(want[name], "\n\t"))
					}
				}
			})
		}
	}
}

func runPython(t *testing.T, p interpreter.Python, theme string) string {
	t.Helper()
	res := p.Run(t, interpreter.Environ(), "-B", "-W", "ignore", filepath.Join("testdata", "parity.py"), theme)
	if res.Status != "exit status 0" {
		t.Fatalf("%s %s: %s\n%s", p.Path, theme, res.Status, res.Errors)
	}
	return res.Out
}

// start creates a task.
func start(ctx context.Context, fn step) *asyncio.Task[struct{}] {
	return asyncio.CreateTask(ctx, func(ctx context.Context) (struct{}, error) { return struct{}{}, fn(ctx) })
}

// awaitAll awaits tasks one after the other.
func awaitAll[T any](ctx context.Context, tasks ...*asyncio.Task[T]) error {
	for _, task := range tasks {
		if _, err := task.Await(ctx); err != nil {
			return err
		}
	}
	return nil
}

// all runs functions as tasks, and awaits them one after the other.
func all(ctx context.Context, steps ...step) error {
	var tasks []*asyncio.Task[struct{}]
	for _, fn := range steps {
		tasks = append(tasks, start(ctx, fn))
	}
	return awaitAll(ctx, tasks...)
}

func yield(ctx context.Context) error { return asyncio.Sleep(ctx, 0) }

// wanted is nil if err is the error that the scenario is about, and has it said.
func wanted(err, target error, say sayer, args ...any) error {
	if !errors.Is(err, target) {
		return fmt.Errorf("the error is %v, want %w", err, target)
	}
	say(args...)
	return nil
}

// errBroken is the error of functions that fail.
var errBroken = errors.New("broken")
