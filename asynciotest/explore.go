// SPDX-License-Identifier: Apache-2.0

package asynciotest

import (
	"os"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

// ExploreConfig says how far [Explore] goes.
type ExploreConfig struct {
	// MaxSchedules is how many schedules Explore tries at most; zero means 100,000.
	MaxSchedules int
	// MaxSteps is how many steps and callbacks a run may have. If it has more it fails, since it
	// seems to go on forever. Zero means 10,000.
	MaxSteps int
	// KeepTurns keeps to the loop's promise that what becomes ready in one turn runs before what
	// becomes ready in the next. Without it, each step may take as long as a wait for the network,
	// while other tasks make many steps.
	KeepTurns bool
	// Reduce leaves out a schedule if another one has the same result, because they differ only in
	// the order of steps that use different things. With it you promise that tasks and callbacks
	// share only two kinds of things: what they use by the methods of package asyncio (futures,
	// tasks, locks, queues and so on), and what they name to [T.Touch] in the steps that read or
	// write it. If you do not keep the promise, Explore misses bugs. It gives up a run that turns
	// out to be like another one: it cancels the run's tasks.
	Reduce bool
}

// Exploration is what [Explore] has done.
type Exploration struct {
	Schedules int // runs of the body, to its end
	// Pruned counts the runs that Reduce gave up, because the rest of the run would have had the
	// same result as another run.
	Pruned int
	// Complete is true if there are no other schedules, or only one was asked for. It is false if
	// MaxSchedules was reached.
	Complete bool
}

// scheduleVariable names the environment variable with the token of the one schedule to run.
const scheduleVariable = "ASYNCIOTEST_SCHEDULE"

// Explore runs body under every order in which ready handles can run, each time on a new loop, as
// [Run] does. The orders that differ least from the usual one come first, so the first schedule
// that fails is a shortest one. Explore then fails tb, and prints the schedule's steps and the
// token that replays it. A run also fails if it is not over after MaxSteps, or if every task waits
// and there is no timer.
//
// ASYNCIO_TRACE records none of the runs.
//
// How many orders there are grows fast: three tasks of n steps have (3n)! / n!³, which is 34,650
// for four steps, and 756,756 for five. Every few seconds Explore logs how far it is.
func Explore(tb testing.TB, cfg ExploreConfig, body Body) Exploration {
	tb.Helper()
	if cfg.MaxSchedules == 0 {
		cfg.MaxSchedules = 100_000
	}
	if cfg.MaxSteps == 0 {
		cfg.MaxSteps = 10_000
	}
	x := &explorer{tb: tb, cfg: cfg, body: body}
	if token := os.Getenv(scheduleVariable); token != "" {
		x.replay(token)
		return x.done
	}
	bad := x.search()
	if bad != nil {
		x.explain(bad)
		tb.FailNow()
	}
	return x.done
}

// explorer is a running exploration.
type explorer struct {
	tb    testing.TB
	cfg   ExploreConfig
	body  Body
	todo  []branch
	full  bool // some branches were not kept, because MaxSchedules comes first
	done  Exploration
	since time.Time // the last report
}

// failure is a run that has failed, and how.
type failure struct {
	schedule schedule
	end      ending
	outcome  outcome
}

// search runs schedules until there are no more, and returns the first that fails.
func (x *explorer) search() *failure {
	x.since = time.Now()
	x.todo = []branch{{at: -1}}
	for len(x.todo) > 0 {
		if x.done.Schedules+x.done.Pruned >= x.cfg.MaxSchedules {
			x.full = true
			break
		}
		next := x.todo[0]
		x.todo = x.todo[1:]
		p := x.path(next)
		o := x.run(p, nil)
		if p.end == seen {
			x.done.Pruned++
		} else {
			x.done.Schedules++
		}
		if o.skipped {
			report(x.tb, o)
		}
		if o.failed {
			return x.shorten(&failure{schedule: x.madeBy(p), end: p.end, outcome: o})
		}
		x.branchOff(p)
		x.progress()
	}
	x.done.Complete = !x.full
	if x.full {
		x.tb.Logf("not complete: %d schedules run, %d given up, and there are more; see ExploreConfig.MaxSchedules",
			x.done.Schedules, x.done.Pruned)
	}
	return nil
}

func (x *explorer) path(b branch) *path {
	p := &path{branch: b, limit: x.cfg.MaxSteps, turns: x.cfg.KeepTurns, reduce: x.cfg.Reduce}
	if p.reduce {
		p.things = make(map[uint64]int)
	}
	return p
}

// run makes one run. Its outcome is a failure, too, if the path has found one.
func (x *explorer) run(p *path, hooks asyncio.Hooks) outcome {
	if hooks == nil {
		hooks = unrecorded()
	}
	o := runVirtual(x.tb, x.body, hooks, p, true)
	if p.reduce {
		p.stepOver()
	}
	switch p.end {
	case seen:
		return outcome{}
	case tooLong:
		o.fail("it goes on forever: %d steps were made; see ExploreConfig.MaxSteps", p.limit)
	case unfit:
		o.fail("the body is not the same in each run: it must not depend on chance, the real time, or other goroutines")
	}
	return o
}

// madeBy returns the schedule that p has run, or that it should have run if it could not.
func (x *explorer) madeBy(p *path) schedule {
	if p.end == unfit {
		return p.branch.schedule()
	}
	return p.made
}

// branchOff remembers the choices that a run has not made.
func (x *explorer) branchOff(p *path) {
	for _, f := range p.forks {
		for _, index := range f.others {
			if x.done.Schedules+x.done.Pruned+len(x.todo) >= x.cfg.MaxSchedules {
				x.full = true
				return
			}
			x.todo = append(x.todo, branch{trunk: p.made, at: f.at, index: index, print: f.print, moment: f.moment})
		}
	}
}

// progressEvery is the real time between two reports.
const progressEvery = 5 * time.Second

func (x *explorer) progress() {
	if now := time.Now(); now.Sub(x.since) >= progressEvery {
		x.since = now
		x.tb.Logf("%d schedules run, %d given up, %d known to come", x.done.Schedules, x.done.Pruned, len(x.todo))
	}
}

// shorten leaves out the choices that the failure does not need. Without Reduce it needs all: every
// schedule with fewer choices has been run.
func (x *explorer) shorten(bad *failure) *failure {
	if !x.cfg.Reduce {
		return bad
	}
	for at := len(bad.schedule) - 1; at >= 0; at-- {
		if bad.schedule[at] == 0 {
			continue
		}
		shorter := append(schedule(nil), bad.schedule...)
		shorter[at] = 0
		p := x.replayed(shorter)
		if o := x.run(p, nil); o.failed && p.end != unfit {
			bad = &failure{schedule: p.made, end: p.end, outcome: o}
		}
	}
	return bad
}

// replayed is the path of a schedule from elsewhere.
func (x *explorer) replayed(s schedule) *path {
	p := x.path(branch{trunk: s, at: len(s)})
	p.reduce = false
	return p
}

// explain logs a failure: what it says, the steps that lead to it, and how to see it again.
func (x *explorer) explain(bad *failure) {
	x.tb.Helper()
	if bad.end == unfit {
		x.sayFailure(bad, bad.outcome.text())
		return
	}
	o, story := x.tellStory(bad.schedule)
	if !o.failed {
		x.sayFailure(bad, bad.outcome.text())
		x.tb.Log("the same schedule does not fail again: the body depends on chance, the real time, or other goroutines")
		return
	}
	x.sayFailure(bad, story.rename(o.text()))
	x.tb.Logf("its steps; one with a > runs before others that usually come first:\n%s", story)
	x.tb.Logf("to see it again: %s", again(x.tb, scheduleVariable, bad.schedule.String()))
}

func (x *explorer) sayFailure(bad *failure, text string) {
	x.tb.Helper()
	x.tb.Logf("schedule %d fails (choices out of the usual order: %d):\n%s", x.done.Schedules, bad.schedule.deviations(), text)
}

// tellStory runs a schedule, and tells its steps.
func (x *explorer) tellStory(s schedule) (outcome, *story) {
	p, told := x.replayed(s), newStory()
	p.tell = told.deviates
	return x.run(p, told), told
}

// replay runs the one schedule that a token stands for.
func (x *explorer) replay(token string) {
	x.tb.Helper()
	s, err := parseSchedule(token)
	if err != nil {
		x.tb.Fatalf("%s: %v", scheduleVariable, err)
	}
	o, told := x.tellStory(s)
	x.done.Schedules, x.done.Complete = 1, true
	x.tb.Logf("the steps of schedule %s:\n%s", token, told)
	for i, line := range o.output {
		o.output[i] = told.rename(line)
	}
	report(x.tb, o)
}
