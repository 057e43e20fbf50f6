// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"runtime/debug"
	"slices"
	"sync/atomic"
)

// tree is all scopes below one root: the loop's own context, or a context that is not ours, that
// is, one of the standard library, of another package, or of another loop's task. Such a context is
// cancelled without telling us. So a scope below it asks it ([scope.ask]). Besides, each such
// context in use has a watch, which tells the loop, and the loop wakes the tasks that wait below.
//
// All but the methods that say otherwise belong to the loop's goroutine.
type tree struct {
	root scope // the loop's own context; or stands for ctx
	loop *Loop
	ctx  context.Context // nil for the loop's own tree

	done <-chan struct{} // of ctx: contexts with the same one are cancelled together
	from *scope          // the nearest scope, of any loop, that ctx comes from; nil if none

	next, prev *tree       // the loop's list of those that are watched
	stop       func() bool // ends the watch; nil if there is none
	// idle: nobody is below. The watch goes on for a while, as there may be a next wait.
	idle atomic.Bool
}

// trees are the watched trees of a loop.
type trees struct {
	first, last *tree // in order of the beginning of the watch
	byDone      map[<-chan struct{}]*tree
	idle        []*tree // the longest idle one first
}

// mostIdle is how many contexts a loop watches although nobody needs that at the moment.
const mostIdle = 16

func (s *scope) isRoot() bool { return s == &s.tree.root }

// ask is Err below a context that is not ours. The scope remembers the answer once it is an error.
// Any goroutine may call it.
func (s *scope) ask() error {
	t := s.tree
	if t.from != nil {
		_ = t.from.Err() // so that contexts between it and t.ctx are told
	}
	err, cause := verdict(t.ctx)
	if err == nil {
		return nil
	}
	s.mark(err, cause)
	return s.Err()
}

// verdict returns the error and the cause of a context that anybody may have made. If it panics, as
// one may that was given back to a pool, the panic is its error: the loop asks where no task is to
// blame.
func verdict(ctx context.Context) (err, cause error) {
	defer func() {
		if v := recover(); v != nil {
			err, cause = &PanicError{Value: v, Stack: debug.Stack()}, nil
		}
	}()
	if err = ctx.Err(); err != nil {
		cause = context.Cause(ctx)
	}
	return err, cause
}

// scopeUnder returns the scope that is cancelled exactly when ctx is: ctx itself, the scope that
// ctx comes from if no other cancellation lies between, or the root of a tree. It returns nil if
// ctx is never cancelled.
func (l *Loop) scopeUnder(ctx context.Context) *scope {
	if s, ok := ctx.(*scope); ok && s.tree.loop == l {
		return s
	}
	done := ctx.Done()
	if done == nil {
		return nil
	}
	from, _ := ctx.Value(scopeKey{}).(*scope)
	if from != nil && from.tree.loop == l && from.isDone(done) {
		return from
	}
	t := l.trees.byDone[done]
	if t == nil || t.root.cancelled() { // then done may be that of many
		t = l.newTree(ctx, done, from)
	}
	t.use()
	return &t.root
}

func (l *Loop) newTree(ctx context.Context, done <-chan struct{}, from *scope) *tree {
	t := &tree{loop: l, ctx: ctx, done: done, from: from}
	t.root.parent, t.root.tree = ctx, t
	t.root.why.Store(isForeign)
	if from != nil && from.tree.loop == l {
		t.root.up = from
	}
	return t
}

// use begins the watch, or goes on with it, for a scope or a waiter that is to come.
func (t *tree) use() {
	switch {
	case t.stop == nil:
		t.watch()
	case t.idle.Load():
		t.idle.Store(false)
		ts := &t.loop.trees
		ts.idle = slices.DeleteFunc(ts.idle, func(other *tree) bool { return other == t })
	}
}

func (t *tree) watch() {
	t.loop.trees.add(t)
	if up := t.root.up; up != nil {
		up.hang(&t.root)
	}
	t.idle.Store(false)
	t.stop = context.AfterFunc(t.ctx, t.hear)
}

// hang links the root of another tree below s: when s is cancelled, the root asks its context.
func (s *scope) hang(root *scope) {
	if !s.owned && s.first == nil && !s.decided() {
		s.relink()
	}
	if !s.decided() && !root.linked {
		s.link(root)
	}
}

// hear is called on a goroutine of its own when ctx was cancelled.
func (t *tree) hear() {
	if t.idle.Load() {
		return // who needs it again will ask
	}
	_ = t.loop.post(outsideCall{fn: t.tell, now: true}) // a closed loop has nobody to tell
}

// tell cancels what is below, if ctx was cancelled.
func (t *tree) tell() {
	if t.root.told || !t.root.cancelled() {
		return
	}
	t.forget()
	t.root.cancel(nil, nil) // with its own error and cause
	t.root.prune()
}

// rest notes that nobody is below any more. It reports whether t is no longer watched.
func (t *tree) rest() bool {
	switch {
	case t.ctx == nil, t.root.hasWaiters(), t.idle.Load():
		return false
	case t.stop == nil:
		return true
	case t.root.decided():
		t.forget()
		return true
	}
	t.idle.Store(true)
	ts := &t.loop.trees
	ts.idle = append(ts.idle, t)
	if len(ts.idle) > mostIdle {
		ts.idle[0].end()
	}
	return false
}

// end ends the watch of an idle tree, and lets go of what is above.
func (t *tree) end() {
	t.forget()
	t.root.prune()
}

// forget ends the watch.
func (t *tree) forget() {
	if t.stop == nil {
		return
	}
	t.stop()
	t.stop = nil
	t.loop.trees.remove(t)
}

// tellTrees asks all watched contexts, for a loop that must not wait until they tell it.
func (l *Loop) tellTrees() {
	for t := l.trees.first; t != nil; {
		t.tell()
		if t.stop == nil {
			t = l.trees.first // others may be gone, too
			continue
		}
		t = t.next
	}
}

func (ts *trees) add(t *tree) {
	if ts.byDone == nil {
		ts.byDone = make(map[<-chan struct{}]*tree)
	}
	if ts.byDone[t.done] == nil {
		ts.byDone[t.done] = t
	}
	t.prev = ts.last
	if ts.last == nil {
		ts.first = t
	} else {
		ts.last.next = t
	}
	ts.last = t
}

func (ts *trees) remove(t *tree) {
	if ts.byDone[t.done] == t {
		delete(ts.byDone, t.done)
	}
	if t.prev == nil {
		ts.first = t.next
	} else {
		t.prev.next = t.next
	}
	if t.next == nil {
		ts.last = t.prev
	} else {
		t.next.prev = t.prev
	}
	t.next, t.prev = nil, nil
	if t.idle.Load() {
		t.idle.Store(false)
		ts.idle = slices.DeleteFunc(ts.idle, func(other *tree) bool { return other == t })
	}
}

// close ends all watches.
func (ts *trees) close() {
	for ts.first != nil {
		ts.first.end()
	}
}
