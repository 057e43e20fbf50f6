// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// scope is the context of a task, a timeout or a group: a [context.Context] that
// is cheap to make (one allocation, none where it is embedded), and that knows
// the loop and the tasks that wait under it.
//
// Its tree, the waiters and cancel belong to the loop's goroutine. The methods of
// context.Context may be called by any goroutine, as that interface demands;
// what they need is guarded by mu, and mostly lives in rare, since few tasks ever
// show their context to the standard library.
//
// The rules it follows: cancellation goes down the tree, once, and stays (it is
// level-triggered); values and [context.Cause] work through std contexts in both
// directions.
type scope struct {
	parent context.Context // where values come from
	loop   *Loop

	// up is the nearest scope whose cancellation reaches this one; nil if there
	// is none, or if it comes through a context that is not ours.
	up                *scope
	first, next, prev *scope // children in order of creation; first.prev is the last one
	waiter            *task  // a task suspended in a wait under this scope

	linked bool // is in up's children
	owned  bool // its task, timeout or group is not over

	why  atomic.Uint32 // a cancellation; set after rare.cause and rare.err
	mu   sync.Mutex
	rare atomic.Pointer[rareScope] // made under mu, once; its fields say who may use them
}

// The values of scope.why.
const (
	notCancelled uint32 = iota
	// isCanceled: the error is context.Canceled.
	isCanceled
	// isExpired: the error is context.DeadlineExceeded.
	isExpired
	// isOther: the error is that of a context that is not ours, in rare.err.
	isOther
)

// rareScope is the part of a scope that is made when it is first needed. The first
// two fields belong to the loop's goroutine, the others are guarded by mu.
type rareScope struct {
	moreWaiters []*task
	stopParent  func() bool // undoes the watch on a parent that is not ours

	err      error // for isOther; does not change once scope.why says so
	cause    error // if it is not the error itself
	done     chan struct{}
	std      context.Context // a std context with our cause and values, made after the cancellation
	after    map[int]func()
	afterSeq int
	timeout  *Timeout
}

type scopeKey struct{}

// init makes s a child of ctx. It is cancelled at once if ctx is.
func (s *scope) init(ctx context.Context, l *Loop) {
	s.parent, s.loop, s.owned = ctx, l, true
	// The usual case, and the reason that a task is cheap: a child of a scope of ours.
	if up, ok := ctx.(*scope); ok && up.loop == l {
		s.up = up
		up.adopt(s)
		return
	}
	if up, watch := scopeOf(ctx); up != nil && up.loop == l && !watch {
		s.up = up
	}
	s.join()
}

// join puts s where the cancellations of its parent reach it.
func (s *scope) join() {
	ctx := s.parent
	switch {
	case s.up != nil:
		s.up.adopt(s)
	case ctx.Done() == nil:
	case ctx.Err() != nil:
		s.mark(ctx.Err(), context.Cause(ctx))
	default:
		stop := context.AfterFunc(ctx, func() {
			// The loop may be closed by now; then nobody waits under s any more.
			_ = s.loop.CallSoonThreadsafe(func() { s.cancel(ctx.Err(), context.Cause(ctx)) })
		})
		s.mu.Lock()
		s.rarely().stopParent = stop
		s.mu.Unlock()
	}
}

// scopeOf finds the scope that ctx comes from. watch is true if ctx can be cancelled
// otherwise than by that scope: a context of the standard library lies between.
func scopeOf(ctx context.Context) (s *scope, watch bool) {
	if s, ok := ctx.(*scope); ok {
		return s, false
	}
	s, _ = ctx.Value(scopeKey{}).(*scope)
	done := ctx.Done()
	return s, s == nil || done == nil || done != s.Done()
}

// adopt links c below s, and s below its own parent if it had been let go.
func (s *scope) adopt(c *scope) {
	if !s.cancelled() && !s.owned && s.first == nil && !s.linked {
		s.join()
	}
	if err := s.Err(); err != nil {
		c.mark(err, s.causeErr())
		return
	}
	c.linked = true
	if s.first == nil {
		s.first, c.prev = c, c
		return
	}
	last := s.first.prev
	last.next, c.prev, s.first.prev = c, last, c
}

// release says that the owner of s is over. s leaves the tree when it has no
// children left: until then they get the cancellations of s's ancestors through it.
func (s *scope) release() {
	s.owned = false
	for c := s; c != nil && !c.owned && c.first == nil; c = c.up {
		c.leave()
	}
}

// leave undoes join.
func (s *scope) leave() {
	if r := s.rare.Load(); r != nil && r.stopParent != nil {
		r.stopParent()
		r.stopParent = nil
	}
	if s.linked {
		s.up.drop(s)
	}
}

func (s *scope) drop(c *scope) {
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

// cancel cancels s and everything below it, and wakes the tasks that wait there.
// The first cancellation wins; later ones change nothing.
func (s *scope) cancel(err, cause error) {
	s.loop.usesAll()
	if !s.mark(err, cause) {
		return
	}
	if t := s.waiter; t != nil {
		t.interrupt()
	}
	for _, t := range s.rare.Load().others() {
		t.interrupt()
	}
	for c := s.first; c != nil; c = c.next {
		c.cancel(err, cause)
	}
}

// mark makes s cancelled for all who ask, from any goroutine. It reports whether it was not before.
func (s *scope) mark(err, cause error) bool {
	s.mu.Lock()
	if s.cancelled() {
		s.mu.Unlock()
		return false
	}
	if cause != nil && cause != err {
		s.rarely().cause = cause
	}
	s.why.Store(s.reason(err))
	var after map[int]func()
	if r := s.rare.Load(); r != nil {
		if r.done != nil {
			close(r.done) // last: whoever hears of it asks for the error
		}
		after, r.after = r.after, nil
	}
	s.mu.Unlock()
	for _, f := range after {
		f()
	}
	return true
}

// reason stores err in the few bits that are enough for the errors there usually are.
// The caller holds mu.
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
func (s *scope) cancelled() bool { return s.why.Load() != notCancelled }

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

func (r *rareScope) others() []*task {
	if r == nil {
		return nil
	}
	return r.moreWaiters
}

func (s *scope) addWaiter(t *task) {
	if s.waiter == nil {
		s.waiter = t
		return
	}
	s.addOther(t)
}

// addOther adds a second task under one scope: one of them uses the context of the other.
func (s *scope) addOther(t *task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rarely()
	r.moreWaiters = append(r.moreWaiters, t)
}

func (s *scope) removeWaiter(t *task) {
	if s.waiter == t {
		s.waiter = nil
		return
	}
	s.removeOther(t)
}

func (s *scope) removeOther(t *task) {
	r := s.rare.Load()
	if i := slices.Index(r.others(), t); i >= 0 {
		r.moreWaiters = slices.Delete(r.moreWaiters, i, i+1)
	}
}

// Deadline is that of the timeout that is due first, as it was asked for, on the wall
// clock. Those of the loop are compared by the loop's clock, which decides.
func (s *scope) Deadline() (deadline time.Time, ok bool) {
	var first time.Duration
	above := context.Context(s)
	for {
		up, ours := above.(*scope)
		if !ours || up.loop != s.loop {
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

// deadline is that of the timeout whose scope s is, if it is one.
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

// Done is made when somebody first asks for it.
func (s *scope) Done() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rarely()
	if r.done == nil {
		r.done = make(chan struct{})
		if s.cancelled() {
			close(r.done)
		}
	}
	return r.done
}

// Err is nil until the cancellation.
func (s *scope) Err() error {
	switch s.why.Load() {
	case notCancelled:
		return nil
	case isCanceled:
		return context.Canceled
	case isExpired:
		return context.DeadlineExceeded
	}
	return s.rare.Load().err
}

// Value finds the scope itself, then what the parents hold. [context.Cause] asks
// for a value too, by a private key, and expects a context of its own kind: after
// the cancellation such a one, with our cause, answers for us.
func (s *scope) Value(key any) any {
	if _, ok := key.(scopeKey); ok {
		return s
	}
	if !s.cancelled() {
		return s.parent.Value(key)
	}
	s.mu.Lock()
	r := s.rarely()
	if r.std == nil {
		cause := r.cause
		if cause == nil {
			cause = s.Err()
		}
		std, cancel := context.WithCancelCause(context.WithoutCancel(s.parent))
		cancel(cause)
		r.std = std
	}
	std := r.std
	s.mu.Unlock()
	return std.Value(key)
}

// AfterFunc is what std contexts look for in a parent that is not theirs: with it
// they need no goroutine to watch us, and are cancelled together with us. They hold
// a lock when they call it, and f wants that lock, so f must not be called right here.
func (s *scope) AfterFunc(f func()) (stop func() bool) {
	s.mu.Lock()
	if s.cancelled() {
		s.mu.Unlock()
		go f()
		return func() bool { return false }
	}
	r := s.rarely()
	if r.after == nil {
		r.after = make(map[int]func())
	}
	r.afterSeq++
	id := r.afterSeq
	r.after[id] = f
	s.mu.Unlock()
	return func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		_, waiting := r.after[id]
		delete(r.after, id)
		return waiting
	}
}

// String is what fmt prints for the contexts derived from s.
func (s *scope) String() string { return "asyncio.Context" }
