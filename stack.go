// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/gocurtain/asyncio/internal/coro"
	"github.com/gocurtain/asyncio/internal/sys"
	"github.com/gocurtain/asyncio/trace"
)

// stack is what a loop's code runs on: the coroutine of a task, or the goroutine in Run, which has
// a G and nothing else. A loop's owner is one.
type stack struct {
	coro.Coro
	// task is the task that runs on it, nil for the goroutine in Run. It is written before the
	// stack becomes the owner and, but for that, belongs to the loop's goroutine. The watchdog
	// reads it while the loop must not begin anything (reading).
	task *task
	// wait and on are what the task waits for, while it waits. They are not in the task, which is
	// made more often than a stack.
	on   awaitee
	wait trace.Wait
	// what has the program's words for that, nil for the words of on.
	what fmt.Stringer
	// woken and wokenBy are how its last wait ended, and the task that has ended it.
	woken trace.Wake
	// given: the wait that began last, or Result since, has given the task a cancellation.
	given   bool
	wokenBy uint64
	under   *scope   // whose cancellation ends the wait, or the last one
	place   int      // in knownStacks, from 1 on
	profile *profile // nil without LoopConfig.Profile
}

// words returns the program's words for on, which its task waits for.
func (s *stack) words(on awaitee) string {
	words := on.words()
	switch {
	case s.what == nil:
		return words
	case words == "":
		return textOf(s.what)
	}
	return words + ": " + textOf(s.what)
}

// textOf returns what the String method of what returns. If that panics, it returns the panic: what
// the text is for must not fail with it.
func textOf(what fmt.Stringer) (text string) {
	defer func() {
		if v := recover(); v != nil {
			text = fmt.Sprint("String has panicked: ", v)
		}
	}()
	return what.String()
}

func newStack() *stack {
	s := new(stack)
	s.Init()
	return s
}

// homeStack is the stack of the goroutine that is about to run a loop.
func homeStack() *stack { return &stack{Coro: coro.Coro{G: sys.CurrentG()}} }

// idleCoros is how many parked coroutines a loop keeps when it has time to free some.
const idleCoros = 1024

// takeCoro returns an idle coroutine.
func (l *Loop) takeCoro() *stack {
	last := len(l.coros) - 1
	if last < 0 {
		return newStack()
	}
	c := l.coros[last]
	l.coros[last] = nil
	l.coros = l.coros[:last]
	return c
}

func (l *Loop) giveCoro(c *stack) {
	if c.Dead() {
		l.attend()
		l.setOwner(l.home)
		l.stacks.remove(c)
		c.Bury()
		return
	}
	l.leaveStack()
	c.task, c.under, c.given = nil, nil, false
	l.coros = append(l.coros, c)
}

// trimCoros frees some of the coroutines that a burst of tasks has left, a few at a time and only
// when the loop would otherwise sleep. It reports whether more remain.
func (l *Loop) trimCoros() bool {
	// The runtime may use the identity of one that ends again: it must not be the owner's.
	l.setOwner(l.home)
	for range 64 {
		if len(l.coros) <= idleCoros {
			return false
		}
		c := l.takeCoro()
		l.stacks.remove(c)
		c.Stop()
	}
	return true
}

// knownStacks are the stacks that a loop's code has run on and that may run it again. The watchdog
// finds there the one whose goroutine owns the loop: so the loop need not publish both, each time
// that it changes from one to another.
type knownStacks struct {
	mu  sync.Mutex
	all []*stack
}

func (k *knownStacks) add(s *stack) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = append(k.all, s)
	s.place = len(k.all)
}

// remove comes before the end of the stack's goroutine, whose identity may then be another's.
func (k *knownStacks) remove(s *stack) {
	k.mu.Lock()
	defer k.mu.Unlock()
	last := len(k.all) - 1
	k.all[s.place-1] = k.all[last]
	k.all[s.place-1].place = s.place
	k.all[last] = nil
	k.all = k.all[:last]
	s.place = 0
}

// of returns the stack of a goroutine, nil if it is none of the loop's.
func (k *knownStacks) of(g uintptr) *stack {
	k.mu.Lock()
	defer k.mu.Unlock()
	if i := slices.IndexFunc(k.all, func(s *stack) bool { return s.G == g }); i >= 0 {
		return k.all[i]
	}
	return nil
}

// park leaves the task's stack until its next step.
func (t *task) park() {
	if t.coro.profile == nil {
		t.coro.Suspend()
		return
	}
	t.parkProfiled()
}

func (t *task) parkProfiled() {
	p := t.coro.profile
	p.endStep()
	t.coro.Suspend()
	p.beginStep(t.Name())
}

// endProfile is called on the stack itself, after the task's function; the stack is used again.
func (s *stack) endProfile() {
	s.profile.end()
	s.profile = nil
}

// checkThread refuses to run the tasks that have begun under another state, see osthread.go.
func (l *Loop) checkThread() error {
	for t := l.tasks; t != nil; t = t.next {
		if t.coro != nil {
			return mayEnter(l.thread)
		}
	}
	return nil
}

// enterThread notes the state in which the coroutines of a run are made. No task has begun under
// another; coroutines that such tasks have left are of no use.
func (l *Loop) enterThread() {
	here := coro.CurrentThread()
	if here != l.thread {
		l.freeCoros(here)
		l.thread = here
	}
}

// leaveThread ends a run. Only the thread that coroutines were made on, if that was locked, can
// free them, so it does so while it is here.
func (l *Loop) leaveThread() {
	if l.thread.Locked() {
		l.freeCoros(coro.CurrentThread())
	}
}

// freeCoros frees the idle coroutines.
func (l *Loop) freeCoros(here coro.Thread) {
	idle := l.coros
	l.coros = nil
	for _, c := range idle {
		l.stacks.remove(c)
	}
	free := func() {
		for _, c := range idle {
			c.Stop()
		}
	}
	switch {
	case here == l.thread:
		free()
	case !l.thread.Locked():
		go free() // a new goroutine is not locked
	default:
		// A callback has unlocked the thread, and no task has run since. To enter them would be the
		// end of the process; so their stacks stay.
	}
}

// root is how a stack trace shows the call at the root of a coroutine: of any, if s is nil.
func (s *stack) root() string {
	const call = "internal/coro.(*Coro).work("
	if s == nil {
		return call
	}
	return fmt.Sprintf("%s%p", call, &s.Coro)
}

// mostGoroutines is the largest number of goroutines whose stacks are searched for one: the process
// stands still meanwhile, for a few microseconds each.
const mostGoroutines = 10_000

// stackOf returns the stack trace of what the loop runs: of on or, if that is suspended, of the
// goroutine in Run. If on is nil it may be the trace of any loop's task. The runtime shows the
// stacks of all goroutines or that of the caller; we know ours by the function at their root and
// its receiver.
func (l *Loop) stackOf(on *stack) []byte {
	if runtime.NumGoroutine() > mostGoroutines {
		return nil
	}
	all := allStacks()
	task := on.root()
	home := fmt.Sprintf("asyncio.(*Loop).runTurns(%p", l)
	var found string
	for one := range strings.SplitSeq(all, "\n\n") {
		switch {
		case strings.Contains(one, task) && !isSuspended(one):
			return []byte(one)
		case strings.Contains(one, home):
			found = one
		}
	}
	return []byte(found)
}

// isSuspended reports whether a goroutine is a suspended coroutine, or waits for one.
func isSuspended(stack string) bool {
	header, _, _ := strings.Cut(stack, "\n")
	return strings.Contains(header, "[coroutine")
}

// allStacks returns the stacks of all goroutines, with an empty line between two.
func allStacks() string {
	for size := 1 << 16; ; size *= 4 {
		buf := make([]byte, size)
		if n := runtime.Stack(buf, true); n < size {
			return string(buf[:n])
		}
	}
}

// Stack returns the stack of the task's function, as package runtime prints it, innermost call
// first (asyncio T17): where it waits, or what it does. It is nil before the first step and after
// the end, and if the process has more than ten thousand goroutines. It stops the process for a few
// microseconds for each goroutine. Only the loop's goroutine may call it.
func (t *task) Stack() []byte {
	t.mustBeMade("Task.Stack")
	t.loop.mustOwn("Task.Stack")
	if t.coro == nil || runtime.NumGoroutine() > mostGoroutines {
		return nil
	}
	for one := range strings.SplitSeq(allStacks(), "\n\n") {
		if strings.Contains(one, t.coro.root()+",") || strings.Contains(one, t.coro.root()+")") {
			return []byte(one)
		}
	}
	return nil
}
