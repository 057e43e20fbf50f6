// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// scope is the context of a task, a timeout or a group: a [context.Context] that is cheap to make
// (one allocation, none where it is embedded), and that knows the loop and the tasks that wait
// under it.
//
// Its tree, the waiters and cancel belong to the loop's goroutine. The methods of context.Context
// may be called by any goroutine, as that interface demands; what they need is guarded by mu, and
// mostly lives in rare, since few tasks ever show their context to the standard library.
//
// The rules it follows: cancellation goes down the tree, once, and stays (it is level-triggered);
// values and [context.Cause] work through std contexts in both directions.
type scope struct {
	parent context.Context // where values come from
	tree   *tree           // what it is a part of; it knows the loop

	// up is the nearest scope whose cancellation reaches this one; nil if there is none. If there
	// is a context that is not ours between, it is that one's, see tree.
	up                *scope
	first, next, prev *scope // children in order of creation; first.prev is the last one
	waiter            *task  // a task suspended in a wait under this scope

	linked bool // is in up's children
	owned  bool // its task, timeout or group is not over
	told   bool // its cancellation has reached the waiters and children

	why  atomic.Uint32 // a cancellation; set after rare.cause and rare.err
	mu   sync.Mutex
	rare atomic.Pointer[rareScope] // made under mu, once; its fields say who may use them
}

// The values of scope.why.
const (
	notCancelled uint32 = iota
	// isForeign: a context that is not ours lies above. It may have been cancelled without telling
	// us, so Err asks it.
	isForeign
	// isCanceled: the error is context.Canceled. From here on it is decided.
	isCanceled
	// isExpired: the error is context.DeadlineExceeded.
	isExpired
	// isOther: the error is that of a context that is not ours, in rare.err.
	isOther
)

// rareScope is the part of a scope that is made when it is first needed. The first two fields
// belong to the loop's goroutine, the others are guarded by mu.
type rareScope struct {
	moreWaiters map[*task]uint64 // and when they came
	waits       uint64

	err     error // for isOther; does not change once scope.why says so
	cause   error // if it is not the error itself
	twin    *twin
	timeout deadliner
}

// deadliner is a timeout as its scope knows it.
type deadliner interface {
	// deadline is the deadline on both clocks; ok is false if there is none at the moment.
	deadline() (when time.Duration, at time.Time, ok bool)
}

type scopeKey struct{}

// init makes s a child of ctx. It is cancelled at once if ctx is.
func (s *scope) init(ctx context.Context, l *Loop) {
	s.parent, s.owned = ctx, true
	// The usual case, and the reason that a task is cheap: a child of a scope of ours.
	if up, ok := ctx.(*scope); ok && up.tree.loop == l {
		s.up, s.tree = up, up.tree
		up.adopt(s)
		return
	}
	s.initUnder(ctx, l)
}

// mustBeMade returns the loop. It panics if the timeout or group of s is a zero value.
func (s *scope) mustBeMade(op string) *Loop {
	if s.tree == nil {
		panic(zeroValue(op))
	}
	return s.tree.loop
}

func (s *scope) initUnder(ctx context.Context, l *Loop) {
	s.tree = &l.tree
	if err := errOf(ctx); err != nil {
		s.mark(err, context.Cause(ctx))
		return
	}
	if up := l.scopeUnder(ctx); up != nil {
		s.up, s.tree = up, up.tree
		up.adopt(s)
	}
}

// adopt links c below s, and s below its own parent if it had been let go.
func (s *scope) adopt(c *scope) {
	if !s.owned && s.first == nil && !s.decided() {
		s.relink()
	}
	if s.why.Load() != notCancelled && !s.passOn(c) {
		return
	}
	s.link(c)
}

// passOn cancels c if s is cancelled. It reports whether s is not.
func (s *scope) passOn(c *scope) bool {
	if err := s.Err(); err != nil {
		c.mark(err, s.causeErr())
		s.prune()
		return false
	}
	c.why.CompareAndSwap(notCancelled, isForeign)
	return true
}

// relink puts s, which nobody needed, back into the tree, so that its parent's cancellation reaches
// it.
func (s *scope) relink() {
	switch {
	case s.isRoot():
		s.tree.use()
	case s.up != nil && !s.linked:
		s.up.adopt(s)
	}
}

func (s *scope) link(c *scope) {
	c.linked = true
	if s.first == nil {
		s.first, c.prev = c, c
		return
	}
	last := s.first.prev
	last.next, c.prev, s.first.prev = c, last, c
}

// release marks that the owner of s has ended. s leaves the tree when it has no children left:
// until then a cancellation above s reaches them through it.
func (s *scope) release() {
	s.owned = false
	s.prune()
}

// prune takes s out of the tree if nobody needs it, then its parent if nobody needs that, and so
// on.
func (s *scope) prune() {
	for c := s; c != nil && !c.owned && c.first == nil; c = c.up {
		if c.isRoot() && !c.tree.rest() {
			return
		}
		if c.linked {
			c.up.unlink(c)
		}
	}
}

func (s *scope) unlink(c *scope) {
	if c == s.first {
		s.first = c.next
		if c.next != nil {
			c.next.prev = c.prev
		}
	} else {
		c.prev.next = c.next
		if c.next != nil {
			c.next.prev = c.prev
		} else {
			s.first.prev = c.prev
		}
	}
	c.next, c.prev, c.linked = nil, nil, false
}

// cancel cancels s and everything below it, and wakes the tasks that wait there. The first
// cancellation wins; later ones change nothing.
func (s *scope) cancel(err, cause error) {
	s.tree.loop.usesAll()
	if s.told {
		return
	}
	s.told = true
	if s.cancelled() || !s.mark(err, cause) {
		err, cause = s.Err(), s.causeErr() // somebody has asked before it was told
	}
	if t := s.waiter; t != nil {
		t.interrupt()
	}
	for _, t := range s.rare.Load().others() {
		t.interrupt()
	}
	for c, next := s.first, (*scope)(nil); c != nil; c = next {
		next = c.next
		if c.isRoot() {
			c.tree.tell()
		} else {
			c.cancel(err, cause)
		}
	}
}

// mark makes s cancelled: from now on Err says so, on any goroutine. It reports whether s was not
// cancelled before.
func (s *scope) mark(err, cause error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.decided() {
		return false
	}
	why := s.reason(err)
	if cause != nil && (why == isOther || cause != err) {
		s.rarely().cause = cause
	}
	s.why.Store(why)
	if r := s.rare.Load(); r != nil && r.twin != nil {
		r.twin.fire(err, cause) // last: who hears of it asks for the error
	}
	return true
}

// reason is the value of why for err. Two errors are so usual that they are nothing else; any other
// is stored. The caller holds mu.
func (s *scope) reason(err error) uint32 {
	switch err {
	case context.Canceled:
		return isCanceled
	case context.DeadlineExceeded:
		return isExpired
	}
	s.rarely().err = err
	return isOther
}

// cancelled is Err() != nil, for those who do not need the error.
func (s *scope) cancelled() bool { return s.Err() != nil }

// decided is cancelled, as far as s knows without asking a context that is not ours.
func (s *scope) decided() bool { return s.why.Load() > isForeign }

// rarely returns s.rare, which it makes. The caller holds mu.
func (s *scope) rarely() *rareScope {
	r := s.rare.Load()
	if r == nil {
		r = new(rareScope)
		s.rare.Store(r)
	}
	return r
}

func (s *scope) causeErr() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rare.Load(); r != nil && r.cause != nil {
		return r.cause
	}
	return s.Err()
}

// others are the tasks that wait under the scope besides scope.waiter, in order.
func (r *rareScope) others() []*task {
	if r == nil || len(r.moreWaiters) == 0 {
		return nil
	}
	return slices.SortedFunc(maps.Keys(r.moreWaiters), func(a, b *task) int {
		return cmp.Compare(r.moreWaiters[a], r.moreWaiters[b])
	})
}

func (s *scope) addWaiter(t *task) {
	if s.waiter == nil {
		s.waiter = t
		return
	}
	s.addOther(t)
}

// addOther adds another task that waits under s: a task uses the context of another task, or one
// that is not ours, which any number of tasks may use.
func (s *scope) addOther(t *task) {
	s.mu.Lock()
	r := s.rarely()
	s.mu.Unlock()
	if r.moreWaiters == nil {
		r.moreWaiters = make(map[*task]uint64)
	}
	r.waits++
	r.moreWaiters[t] = r.waits
}

func (s *scope) removeWaiter(t *task) {
	if s.waiter == t {
		s.waiter = nil
		return
	}
	delete(s.rare.Load().moreWaiters, t)
}

// hasWaiters reports whether tasks wait under s itself.
func (s *scope) hasWaiters() bool {
	r := s.rare.Load()
	return s.waiter != nil || r != nil && len(r.moreWaiters) > 0
}

// Deadline returns the deadline of the timeout that expires first, as a time of the wall clock. The
// loop's timeouts are compared by the loop's clock, since that decides.
func (s *scope) Deadline() (deadline time.Time, ok bool) {
	var first time.Duration
	above := context.Context(s)
	for {
		up, ours := above.(*scope)
		if !ours || up.tree.loop != s.tree.loop {
			break
		}
		if when, at, armed := up.deadline(); armed && (!ok || when < first) {
			first, deadline, ok = when, at, true
		}
		above = up.parent
	}
	if other, has := above.Deadline(); has && (!ok || other.Before(deadline)) {
		return other, true
	}
	return deadline, ok
}

// deadline returns the deadline of the timeout that s is the scope of, if there is one.
func (s *scope) deadline() (when time.Duration, at time.Time, ok bool) {
	r := s.rare.Load()
	if r == nil {
		return 0, at, false
	}
	s.mu.Lock()
	t := r.timeout
	s.mu.Unlock()
	if t == nil {
		return 0, at, false
	}
	return t.deadline()
}

// Done makes its channel when it is first called.
func (s *scope) Done() <-chan struct{} {
	_ = s.Err()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.doubled().std.Done()
}

// isDone reports whether done is what Done has returned.
func (s *scope) isDone(done <-chan struct{}) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rare.Load()
	return r != nil && r.twin != nil && r.twin.std.Done() == done
}

// Err is nil until the cancellation. It is up to date even if a context above that is not ours was
// cancelled.
func (s *scope) Err() error {
	if s.why.Load() == notCancelled {
		return nil
	}
	return s.reasonErr()
}

// reasonErr stands apart, so that Err is inlined.
func (s *scope) reasonErr() error {
	switch s.why.Load() {
	case isForeign:
		return s.ask()
	case isCanceled:
		return context.Canceled
	case isExpired:
		return context.DeadlineExceeded
	}
	return s.rare.Load().err
}

// isClear reports whether errOf need not be called, since ctx and all above it are ours, and none
// is cancelled. That is the usual case, and must cost next to nothing.
func isClear(ctx context.Context) bool {
	s, ok := ctx.(*scope)
	return ok && s.why.Load() == notCancelled
}

// errOf is ctx.Err(), up to date, whichever package made ctx. A std context below one of ours does
// not ask, as ours do, but must be told: errOf does it if need be.
func errOf(ctx context.Context) error {
	if s, ok := ctx.Value(scopeKey{}).(*scope); ok {
		_ = s.Err()
	}
	return ctx.Err()
}

// Value finds the scope itself, then the values of its twin, then those of its parents.
func (s *scope) Value(key any) any {
	if _, ok := key.(scopeKey); ok {
		return s
	}
	if s.rare.Load() != nil || s.decided() {
		if v := s.twinValue(key); v != nil {
			return v
		}
	}
	return s.parent.Value(key)
}

// String is what fmt prints for the contexts derived from s.
func (s *scope) String() string { return "asyncio.Context" }

// doubled returns the scope's twin, which it makes. The caller holds mu.
func (s *scope) doubled() *twin {
	r := s.rarely()
	if r.twin == nil {
		r.twin = &twin{}
		r.twin.std, r.twin.cancel = context.WithCancelCause(r.twin)
		if s.decided() {
			r.twin.fire(s.Err(), r.cause)
		}
	}
	return r.twin
}

// twinValue returns the twin's value, if there is a twin. After a cancellation it makes one.
func (s *scope) twinValue(key any) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rarely().twin == nil && !s.decided() {
		return nil
	}
	return s.doubled().std.Value(key)
}
