// SPDX-License-Identifier: Apache-2.0

package loops

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/proof/internal/pythons"
	"github.com/gocurtain/asyncio/pytrace"
	"github.com/gocurtain/asyncio/trace"
)

// The same program, on asyncio's loop for comparison and on those that are not written in Python:
// what ran in it is what was recorded.
func TestLoops(t *testing.T) {
	loops := []struct {
		name, requirement string
		oldest            int
	}{
		{"asyncio", "", 8},
		{"uvloop", "uvloop==0.23.0", 8},
		{"rloop", "rloop==0.5.0", 10},
	}
	for _, p := range pythons.All(t) {
		for _, l := range loops {
			if p.Minor < l.oldest {
				continue
			}
			t.Run(l.name+"/"+p.Version, func(t *testing.T) {
				python := p.Path
				if l.requirement != "" {
					python = pythons.Venv(t, p, l.requirement)
				}
				for _, level := range []pytrace.Level{pytrace.LevelLoop, pytrace.LevelCoroutines} {
					s := record(t, python, level, "loop.py", l.name)
					s.countsWhatRan(l.name)
					s.wants(
						"Task-1 is a child of nobody, created at <module>",
						"Task-1 waits for many at main",
						"Task-2 is a child of Task-1, created at main",
						"Task-2 waits for yield at nap",
						"Task-3 waits for sleep at nap",
						"Task-3 is woken by timer in no step at machinery",
						"Task-3 ends with result",
						"Task-1 is woken by future in no step at outside",
						"Task-1 is woken by future in no step at handler",
						"Task-1 is woken by future in no step at readable",
						"sleeper is cancelled by Task-1 at cancellation",
						"sleeper is woken by cancel in Task-1 at cancellation",
						"sleeper ends with cancelled",
						"Task-1 ends with result",
						"sum is a job",
					)
				}
			})
		}
	}
}

// countsWhatRan compares the runs in the recording with those that the program counted.
func (s *story) countsWhatRan(loop string) {
	s.t.Helper()
	lines := strings.Split(strings.TrimSpace(s.out), "\n")
	var ran map[string]int
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &ran); err != nil {
		s.t.Fatal(err)
	}
	// rloop runs a callback of call_soon although its handle is cancelled.
	want := map[string]int{
		"soon callbacks": ran["soon"] + ran["never"], "timer callbacks": ran["timer"], "outside other": ran["outside"],
		"reader descriptors": ran["reader"], "signal signals": ran["signal"],
	}
	if loop == "uvloop" {
		want["cancelled soon callbacks"], want["cancelled timer callbacks"] = 1, 1
	}
	if loop != "asyncio" {
		want["soon connection_made"], want["reader data_received"] = ran["made"], ran["received"]
	}
	if loop == "uvloop" { // rloop calls it within transport.close
		want["soon connection_lost"] = ran["lost"]
	}
	for what, n := range want {
		if s.runs[what] != n || n == 0 {
			s.t.Errorf("%s: %d runs were recorded, %d happened (of %v)", what, s.runs[what], n, s.runs)
		}
	}
	if s.kinds[trace.KindTurnBegin] == 0 || s.kinds[trace.KindPollBegin] == 0 || s.kinds[trace.KindReady] == 0 {
		s.t.Errorf("no turns, polls or readiness: %v", s.kinds)
	}
	if s.runs[""] != 0 {
		s.t.Errorf("%d runs of handles that were not scheduled", s.runs[""])
	}
}

// What a program could see the probe by is as without it.
func TestNotSeen(t *testing.T) {
	for _, p := range pythons.All(t) {
		t.Run(p.Version, func(t *testing.T) {
			python := pythons.Venv(t, p, "uvloop==0.23.0")
			for _, level := range pytrace.Levels()[:3] {
				s := record(t, python, level, "debug.py")
				s.wants("slow is a child of Task-1, created at main", "slow ends with result", "Task-1 ends with result")
				if loops := s.kinds[trace.KindLoopBegin]; loops != 5 {
					t.Errorf("%d loops began", loops)
				}
			}
		})
	}
}

// Tasks that start at once have the names that they are given, also if a loop gives them when the
// first step is over, and that was the last.
func TestEagerTasks(t *testing.T) {
	for _, p := range pythons.All(t) {
		if p.Minor < 12 {
			continue // tasks do not start at once
		}
		python := pythons.Venv(t, p, "uvloop==0.23.0")
		for _, loop := range []string{"asyncio", "uvloop"} {
			t.Run(loop+"/"+p.Version, func(t *testing.T) {
				for _, level := range []pytrace.Level{pytrace.LevelLoop, pytrace.LevelCoroutines} {
					s := record(t, python, level, "eager.py", loop)
					for _, name := range []string{"ends", "waits"} {
						for _, how := range []string{"", " by asyncio", " in group"} {
							s.wants(name+how+" is a child of Task-1, created at factory", name+how+" ends with result")
						}
					}
					s.wants("outer is a child of Task-1, created at factory", "outer ends with result",
						"inner is a child of outer, created at factory", "inner ends with result")
					children := 0
					for _, fact := range s.facts {
						if strings.Contains(fact, " is a child of outer, created at ") {
							children++
						}
					}
					if children != 3 {
						t.Errorf("outer has %d children, not 3: %q", children, s.facts)
					}
				}
			})
		}
	}
}
