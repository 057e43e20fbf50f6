// SPDX-License-Identifier: Apache-2.0

package tools

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio/proof/internal/pythons"
	"github.com/gocurtain/asyncio/trace/validate"
)

// fakes are the libraries that put something else in the place of Python's functions, and the
// threads of the program that runs meanwhile.
var fakes = map[string][]string{
	"freezegun":    {"frozen", "ticking"},
	"time_machine": {"travels"},
	"pyfakefs":     {"fake files"},
	"blockbuster":  {"unblocked", "MainThread"},
	"faked":        {"mocked"},
}

// What is faked for the program is not for the probe: it calls nothing of that, and threads that
// begin to run loops meanwhile are recorded in real time.
func TestFakes(t *testing.T) {
	curtain := pythons.Curtain(t)
	for _, python := range pythons.Some(t) {
		t.Run(python.Version, func(t *testing.T) {
			machine, files := "time-machine==3.6.0", "pyfakefs==6.3.2"
			if python.Minor < 10 {
				machine, files = "time-machine==2.15.0", "pyfakefs==5.10.2"
			}
			venv := pythons.Venv(t, python, "freezegun==1.5.5", machine, files, "blockbuster==1.5.29")
			for name, threads := range fakes {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					checkBoth(t, curtain, venv, tool{args: []string{"fakes.py", name}}, threads)
				})
			}
		})
	}
}

// What a launcher starts with a sitecustomize of its own in front is recorded.
func TestLauncher(t *testing.T) {
	curtain := pythons.Curtain(t)
	for _, python := range pythons.Some(t) {
		t.Run(python.Version, func(t *testing.T) {
			version := "0.66b2"
			if python.Minor < 10 {
				version = "0.54b1"
			}
			venv := pythons.Venv(t, python, "opentelemetry-distro=="+version, "opentelemetry-instrumentation=="+version)
			checkBoth(t, curtain, venv, tool{args: []string{"instrumented.py"}}, []string{"MainThread"})
		})
	}
}

// checkBoth runs a program without curtain and with each of its recorders, and looks for the
// threads in the recordings.
func checkBoth(t *testing.T, curtain, python string, p tool, threads []string) {
	t.Helper()
	without := p.run(t, t.TempDir(), python)
	if without.status != 0 {
		t.Fatalf("it fails by itself: %d\n%s\n%s", without.status, without.out, without.errors)
	}
	for _, compiled := range []string{"CURTAIN_PYTHON_COMPILED=1", "CURTAIN_PYTHON_COMPILED=0"} {
		dir := t.TempDir()
		file := filepath.Join(dir, "trace.json")
		with := p.with(compiled).run(t, dir, curtain, "trace", "-o", file, "--", python)
		if with.status != without.status || with.out != without.out || with.errors != without.errors {
			t.Errorf("%s: status %d, and without curtain %d; what differs:\n%s", compiled, with.status, without.status,
				difference(with.out+with.errors, without.out+without.errors))
		}
		if len(with.said) != 1 {
			t.Errorf("%s: curtain says %q, want one line on the events", compiled, with.said)
		}
		checkTimeline(t, file, threads)
	}
}

// checkTimeline checks that a timeline is as long as a short program takes, and has the threads.
func checkTimeline(t *testing.T, path string, threads []string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	problems, err := validate.Chrome(content)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v %q", err, problems[:min(len(problems), 5)])
	}
	var timeline struct {
		TraceEvents []struct {
			Name, Ph string
			Ts, Dur  float64 // us
			Args     struct{ Name string }
		}
	}
	if err := json.Unmarshal(content, &timeline); err != nil {
		t.Fatal(err)
	}
	var named []string
	var end time.Duration
	for _, e := range timeline.TraceEvents {
		if e.Ph == "M" && e.Name == "thread_name" {
			named = append(named, e.Args.Name)
		}
		end = max(end, time.Duration((e.Ts+e.Dur)*1e3))
	}
	if end > 10*time.Minute {
		t.Errorf("the timeline is %v long", end)
	}
	for _, thread := range threads {
		if !slices.ContainsFunc(named, func(name string) bool { return name == thread || strings.HasSuffix(name, " in "+thread) }) {
			t.Errorf("no thread %q among %q", thread, named)
		}
	}
}
