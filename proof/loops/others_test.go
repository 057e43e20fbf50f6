// SPDX-License-Identifier: Apache-2.0

package loops

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/export/chrome"
	"github.com/gocurtain/asyncio/proof/internal/pythons"
	"github.com/gocurtain/asyncio/pytrace"
	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/validate"
)

// trios are the versions of trio that a Python can have: a current and an old one.
func trios(p pythons.Python) []string {
	switch {
	case p.Minor == 8:
		return []string{"trio==0.27.0", "trio==0.22.2"}
	case p.Minor == 9:
		return []string{"trio==0.31.0", "trio==0.22.2"}
	case p.Minor <= 12:
		return []string{"trio==0.35.0", "trio==0.22.2"}
	}
	return []string{"trio==0.35.0", "trio==0.27.0"}
}

// anyio is the current version of anyio for a Python.
func anyio(p pythons.Python) string {
	switch p.Minor {
	case 8:
		return "anyio==4.5.2"
	case 9:
		return "anyio==4.12.1"
	}
	return "anyio==4.16.0"
}

func TestTrio(t *testing.T) {
	for _, p := range pythons.Some(t) {
		for _, trio := range trios(p) {
			t.Run(p.Version+"/"+trio, func(t *testing.T) {
				python := pythons.Venv(t, p, trio)
				for _, level := range []pytrace.Level{pytrace.LevelLoop, pytrace.LevelCoroutines} {
					s := record(t, python, level, "trio_.py")
					s.wants(
						"loop trio begins",
						"kid is a child of main, created at main",
						"the waiter is a child of main, created at main",
						"kid waits for sleep at kid",
						"kid is woken by timer in no step at machinery",
						"the waiter waits in "+s.qualified(p, "Event.wait"),
						"the waiter is woken by future in kid at kid",
						"main waits for group at main",
						"main is woken by task in the waiter at machinery",
						"main waits for sleep at main",
						"main is cancelled by nobody at machinery",
						"forever is cancelled by main at main",
						"forever ends with cancelled",
						"producer is woken by future in main at main",
						"broken waits for yield at broken",
						"broken ends with error",
						"broken ends with a KeyError",
						"work is a job",
						"main ends with result",
					)
					if s.runs["outside work"] != 1 || s.kinds[trace.KindReady] == 0 || s.kinds[trace.KindTurnBegin] == 0 {
						t.Errorf("runs %v, records %v", s.runs, s.kinds)
					}
				}
			})
		}
	}
}

// qualified is a method's name as a Python knows it: from 3.11 on, with its class.
func (s *story) qualified(p pythons.Python, name string) string {
	if p.Minor < 11 {
		return name[strings.IndexByte(name, '.')+1:]
	}
	return name
}

// geventFor is the current version of gevent for a Python.
func geventFor(p pythons.Python) string {
	switch p.Minor {
	case 8:
		return "gevent==24.2.1"
	case 9:
		return "gevent==26.7.0"
	}
	return "gevent==26.9.0"
}

// Under gevent threads have other numbers, and the loop's thread is still the loop's.
func TestGevent(t *testing.T) {
	for _, p := range pythons.Some(t) {
		for _, level := range pytrace.Levels() {
			t.Run(p.Version+"/"+string(level), func(t *testing.T) {
				s := record(t, pythons.Venv(t, p, geventFor(p)), level, "gevent_.py")
				s.wants(
					"a thread is called MainThread",
					"kid 0 is a child of Task-1, created at main",
					"kid 1 is a child of Task-1, created at main",
					"kid 1 is woken by timer in no step at machinery",
					"kid 1 ends with result",
					"pool's kid 1 ends with result",
				)
				if s.kinds[trace.KindOutsideCall] != 0 || s.runs["outside main"] != 0 {
					t.Errorf("%d calls came from outside", s.kinds[trace.KindOutsideCall])
				}
			})
		}
	}
}

// aiohttp's tasks for requests show, each with its first step, also where that is made at once and
// ends the task.
func TestAiohttp(t *testing.T) {
	for _, p := range pythons.Some(t) {
		t.Run(p.Version, func(t *testing.T) {
			if p.Minor < 12 {
				t.Skip("tasks do not start at once before 3.12")
			}
			s := record(t, pythons.Venv(t, p, "aiohttp==3.14.5"), pytrace.LevelLoop, "aiohttp_.py")
			requests, ended := map[uint64]bool{}, 0
			for _, r := range s.recs {
				for i, rec := range r.records {
					switch {
					case rec.Kind == trace.KindTaskName && r.src.String(uint32(rec.B)) == "RequestHandler._handle_request":
						requests[rec.A] = true
						if next := r.records[i+1]; next.Kind != trace.KindStepBegin || next.A != rec.A {
							t.Errorf("after the creation of a request comes %v", next.Kind)
						}
					case rec.Kind == trace.KindTaskDone && requests[rec.A]:
						ended++
					}
				}
			}
			if len(requests) != 6 || ended != 6 {
				t.Errorf("%d requests were made, and %d have ended", len(requests), ended)
			}
		})
	}
}

// The same program tells the same on each backend.
func TestAnyio(t *testing.T) {
	for _, p := range pythons.Some(t) {
		for _, backend := range []string{"asyncio", "asyncio+uvloop", "trio"} {
			t.Run(p.Version+"/"+backend, func(t *testing.T) {
				s := record(t, pythons.Venv(t, p, anyio(p), trios(p)[0], "uvloop==0.23.0"), pytrace.LevelLoop, "anyio_.py", backend)
				main := "main"
				for _, fact := range s.facts {
					if strings.HasPrefix(fact, "Task-1 ") {
						main = "Task-1"
					}
				}
				s.wants(
					"kid waits for sleep at kid",
					"the waiter is woken by future in kid at kid",
					"kid ends with result",
					main+" waits for sleep at main",
					main+" ends with result",
				)
				if backend != "trio" { // a scope that ends in time names the line that entered it
					s.wants(main + " is cancelled by nobody at main")
				}
				if !slices.ContainsFunc(s.facts, func(f string) bool { return strings.HasPrefix(f, "forever is cancelled by ") }) {
					s.wants("forever is cancelled")
				}
			})
		}
	}
}

// A guest's tasks show, with their causes, in the callbacks of its host.
func TestGuest(t *testing.T) {
	for _, p := range pythons.Some(t) {
		t.Run(p.Version, func(t *testing.T) {
			s := record(t, pythons.Venv(t, p, trios(p)[0]), pytrace.LevelLoop, "guest.py")
			s.wants(
				"guest waits for sleep at guest",
				"guest is woken by timer in no step at machinery",
				"inner is a child of guest, created at guest",
				"guest ends with result",
				"Task-1 ends with result",
			)
			if slices.Contains(s.facts, "loop trio begins") {
				t.Error("the guest has a loop of its own")
			}
		})
	}
}

// The turns of a loop within a loop lie within what runs it, which is not their cause.
func TestNested(t *testing.T) {
	for _, p := range pythons.Some(t) {
		for _, library := range []string{"nest_asyncio==1.6.0", "nest_asyncio2==1.7.4"} {
			t.Run(p.Version+"/"+library, func(t *testing.T) {
				name, _, _ := strings.Cut(library, "==")
				if p.Minor >= 14 && name == "nest_asyncio" {
					t.Skip("nest_asyncio 1.6 does not run on 3.14")
				}
				s := record(t, pythons.Venv(t, p, library), pytrace.LevelLoop, "nested.py", name)
				s.wants(
					"Task-2 is a child of Task-1, created at outer",
					"Task-3 is a child of Task-1, created at outer",
					"Task-4 is a child of Task-3, created at deeper",
					"Task-4 ends with result",
					"Task-1 ends with result",
				)
				if within := s.turnsWithin(); within < 3 {
					t.Errorf("%d turns lie within others", within)
				}
			})
		}
	}
}

// turnsWithin counts the turns that lie within others.
func (s *story) turnsWithin() (within int) {
	for _, r := range s.recs {
		depth := 0
		for _, rec := range r.records {
			switch rec.Kind {
			case trace.KindTurnBegin:
				if depth++; depth > 1 {
					within++
				}
			case trace.KindTurnEnd:
				depth--
			}
		}
	}
	return within
}

// Each way to start a process is an arrow from its line, and each job of a pool one there and one
// back.
func TestProcesses(t *testing.T) {
	for _, p := range pythons.Some(t) {
		for _, method := range []string{"fork", "spawn", "forkserver"} {
			t.Run(p.Version+"/"+method, func(t *testing.T) {
				s := record(t, p.Path, pytrace.LevelLoop, "processes.py", method)
				s.wants("square is a job", "a thread is called MainThread")
				for _, function := range []string{"pools", "run_async", "run_forked", "run_subprocess", "run_prepared", "run_spawned", "run_process"} {
					if !slices.Contains(s.started, function) {
						t.Errorf("no process is started by %s, but by %q", function, s.started)
					}
				}
				s.jobsArePaired(p)
			})
		}
	}
}

// jobsArePaired checks that each shared job was submitted in one process and begun in another.
func (s *story) jobsArePaired(p pythons.Python) {
	s.t.Helper()
	submitted, begun := map[uint64]uint64{}, map[uint64]uint64{}
	for _, r := range s.recs {
		for _, rec := range r.records {
			switch {
			case rec.A < trace.FirstSharedJob:
			case rec.Kind == trace.KindJobScheduled:
				submitted[rec.A] = r.src.Producer().PID
			case rec.Kind == trace.KindJobBegin:
				begun[rec.A] = r.src.Producer().PID
			}
		}
	}
	const jobs = 5 + 1 + 3
	want := 2 * jobs
	if p.Minor == 8 { // no arrows back
		want = jobs
	}
	if len(submitted) != 2*jobs || len(begun) != want {
		s.t.Errorf("%d jobs and results were given away, %d begun; want %d and %d", len(submitted), len(begun), 2*jobs, want)
	}
	for job, pid := range begun {
		if from := submitted[job]; from == 0 || from == pid {
			s.t.Errorf("job %d comes from process %d to %d", job, from, pid)
		}
	}
}

// The timeline has the arrows, and no viewer has anything to complain about.
func TestTimeline(t *testing.T) {
	for _, p := range pythons.Latest(t, 1) {
		dir := t.TempDir()
		installed, err := probe()
		if err != nil {
			t.Fatal(err)
		}
		environ := installed.Environ(pythons.Environ(), pytrace.Options{Dir: dir, Records: 1 << 16})
		if res := run(t, p.Path, environ, "testdata/processes.py", "spawn"); res.status != "exit status 0" {
			t.Fatal(res)
		}
		var out bytes.Buffer
		if err := chrome.ExportPath(&out, dir); err != nil {
			t.Fatal(err)
		}
		problems, err := validate.Chrome(out.Bytes())
		if err != nil || len(problems) > 0 {
			t.Error(err, problems)
		}
		for label, atLeast := range map[string]int{"process started": 7, "submit": 18} {
			if n := bytes.Count(out.Bytes(), []byte(`"ph":"f","cat":"arrow","name":"`+label)); n < atLeast {
				t.Errorf("%d arrows %q, want %d", n, label, atLeast)
			}
		}
	}
}
