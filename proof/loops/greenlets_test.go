// SPDX-License-Identifier: Apache-2.0

package loops

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/proof/internal/pythons"
	"github.com/gocurtain/asyncio/pytrace"
	"github.com/gocurtain/asyncio/trace"
)

// greenletFor is the current version of greenlet for a Python.
func greenletFor(p pythons.Python) string {
	switch p.Minor {
	case 8:
		return "greenlet==3.1.1"
	case 9:
		return "greenlet==3.2.5"
	}
	return "greenlet==3.5.6"
}

// What runs in a greenlet shows within the functions that have called it, whatever was switched to
// in between, and nothing is said to raise that does not.
func TestGreenlets(t *testing.T) {
	for _, p := range pythons.Some(t) {
		for _, compiled := range []string{"1", "0"} {
			for _, level := range pytrace.Levels()[1:] {
				for _, when := range []string{"early", "late"} {
					t.Run(strings.Join([]string{p.Version, string(level), when, compiled}, "/"), func(t *testing.T) {
						t.Setenv("CURTAIN_PYTHON_COMPILED", compiled)
						args := []string{"greenlets.py", when}
						if compiled == "1" {
							args = append(args, "frames")
						}
						s := record(t, pythons.Venv(t, p, greenletFor(p)), level, args...)
						if level == pytrace.LevelCoroutines {
							return // none of the functions is one
						}
						nested := 0
						for _, r := range s.recs {
							for _, problem := range nestedCalls(r, "greenlets.py", &nested) {
								t.Error(problem)
							}
						}
						if nested < 100 {
							t.Errorf("only %d calls are nested", nested)
						}
					})
				}
			}
		}
	}
}

// sqlalchemy is a version of SQLAlchemy, and what it needs here, for a Python.
func sqlalchemy(p pythons.Python) []string {
	driver := "aiosqlite==0.22.1"
	if p.Minor == 8 {
		driver = "aiosqlite==0.20.0"
	}
	return []string{"sqlalchemy==2.0.58", driver, greenletFor(p)}
}

// SQLAlchemy's synchronous functions, whose waits are the task's, are suspended while it waits, and
// go on where they were.
func TestSQLAlchemy(t *testing.T) {
	for _, p := range pythons.Some(t) {
		for _, level := range []pytrace.Level{pytrace.LevelFunctions, pytrace.LevelLines} {
			t.Run(p.Version+"/"+string(level), func(t *testing.T) {
				s := record(t, pythons.Venv(t, p, sqlalchemy(p)...), level, "sqlalchemy_.py")
				nested := 0
				calls := make(map[string]int)
				for _, r := range s.recs {
					for _, problem := range nestedCalls(r, "sqlalchemy_.py", &nested) {
						t.Error(problem)
					}
					for _, name := range []string{"_execute_context", "do_execute", "do_commit"} {
						countCalls(r, name, calls)
					}
				}
				if nested == 0 {
					t.Error("nothing is nested")
				}
				if level == pytrace.LevelFunctions && (calls["raises"] != 0 || calls["suspends"] == 0 || calls["resumes"] != calls["suspends"] || calls["ends"] < 3) {
					t.Errorf("functions that wait through greenlets: %v", calls)
				}
			})
		}
	}
}

// countCalls counts how the calls of a library's function begin and end.
func countCalls(r recording, function string, calls map[string]int) {
	var open []bool
	for _, rec := range r.records {
		switch rec.Kind {
		case trace.KindCallBegin:
			is := last(r.src.Site(rec.Site).Function) == function
			open = append(open, is)
			if is && rec.Flags&trace.CallResume != 0 {
				calls["resumes"]++
			}
		case trace.KindCallEnd:
			if len(open) == 0 {
				continue
			}
			is := open[len(open)-1]
			open = open[:len(open)-1]
			switch {
			case !is:
			case rec.Flags&trace.CallRaise != 0:
				calls["raises"]++
			case rec.Flags&trace.CallSuspend != 0:
				calls["suspends"]++
			default:
				calls["ends"]++
			}
		}
	}
}

// nestedCalls checks the calls of a program's functions: one called in_x lies within x, and only
// one called raise_x ends with an exception.
func nestedCalls(r recording, program string, nested *int) (problems []string) {
	var open []string
	for _, rec := range r.records {
		switch rec.Kind {
		case trace.KindCallBegin:
			site := r.src.Site(rec.Site)
			name := last(site.Function)
			if rec.Flags&trace.CallC != 0 || filepath.Base(site.File) != program {
				name = ""
			}
			if of, ok := strings.CutPrefix(name, "in_"); ok && rec.Flags&trace.CallResume == 0 {
				*nested++
				if around := functionAround(open); around != of && !strings.HasPrefix(around, "<") {
					problems = append(problems, fmt.Sprintf("%s lies in %q of %q", name, around, open))
				}
			}
			open = append(open, name)
		case trace.KindCallEnd:
			if len(open) == 0 {
				continue // it began before what the ring has kept
			}
			name := open[len(open)-1]
			open = open[:len(open)-1]
			if rec.Flags&trace.CallRaise != 0 && name != "" && name[0] != '<' && !strings.HasPrefix(name, "raise_") {
				problems = append(problems, name+" is said to raise")
			}
		}
	}
	return problems
}

func functionAround(open []string) string {
	for _, name := range slices.Backward(open) {
		if name != "" {
			return name
		}
	}
	return ""
}
