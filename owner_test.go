// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"iter"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/trace"
)

// owned returns calls of everything that only the loop's goroutine may call, and what each answers
// to another one: an error, here also that of a panic. That none is missing is found out from the
// source, see checkedCalls.
func owned(ctx context.Context, r *asyncio.Runner) refusedCalls {
	l := r.Loop()
	f := asyncio.NewFuture[int](l)
	task := spawn(ctx, forever)
	remove := f.AddDoneCallback(func() {})
	handle, timer := l.CallSoon(func() {}), l.CallLater(time.Hour, func() {})
	inner, timeout := asyncio.NewTimeout(ctx, time.Hour)
	l.CallLater(2*time.Hour, timeout.Stop)
	var group *asyncio.TaskGroup
	spawn(ctx, func(ctx context.Context) error {
		return asyncio.WithTaskGroup(ctx, func(ctx context.Context, g *asyncio.TaskGroup) error {
			group = g
			return forever(ctx)
		})
	})
	_ = asyncio.Sleep(ctx, 0)
	nop := func() {}
	var calls refusedCalls
	calls.panicking(
		l.Stop,
		func() { l.Time() },
		func() { l.CallSoon(nop) },
		func() { l.CallLater(0, nop) },
		func() { l.CallAt(0, nop) },
		func() { _ = l.AddReader(5, nop) },
		func() { _ = l.AddWriter(5, nop) },
		func() { l.RemoveReader(5) },
		func() { l.RemoveWriter(5) },
		func() { _ = l.AddSignalHandler(os.Interrupt, nop) },
		func() { l.RemoveSignalHandler(os.Interrupt) },
		func() { l.Hooks() },
		func() { l.SetHooks(nil) },
		func() { l.SetExceptionHandler(nil) },
		func() { l.CallExceptionHandler(asyncio.ExceptionContext{}) },
		func() { l.SetDefaultExecutor(nil) },
		func() { _ = l.ShutdownDefaultExecutor(ctx) },
		func() { l.AllTasks() },
		func() { l.Stats() },
		func() { l.WaitGraph() },
		func() { handle.Cancel() },
		func() { timer.Cancel() },
		func() { asyncio.CurrentTask(ctx) },
		func() { asyncio.WrapFuture(l, asyncio.NewConcurrentFuture[int]()) },
	)
	calls.panicking(
		func() { spawn(ctx, forever) },
		func() { spawn(inner, forever) },
		func() { asyncio.CreateEagerTask(ctx, f.Await) },
		func() { asyncio.CreateTaskIn(group, f.Await) },
		func() { group.Go(forever) },
		func() { group.Cancel() },
		func() { group.Len() },
		func() { asyncio.NewTimeout(ctx, 0) },
		func() { asyncio.WithTimeout(ctx, 0) },
		func() { asyncio.WithDeadline(ctx, time.Time{}) },
		func() { _, _ = asyncio.WaitFor(ctx, 0, f.Await) },
		func() { timeout.Reschedule(0) },
		func() { timeout.Stop() },
		func() { timeout.When() },
		func() { timeout.Expired() },
	)
	calls.panicking(
		func() { _ = task.String() },
		func() { task.Stack() },
		func() { task.Cancel(nil) },
		func() { task.SetName("x") },
		func() { _ = f.String() },
		func() { f.Cancel() },
		func() { f.Done() },
		func() { f.Cancelled() },
		func() { f.AddDoneCallback(nop) },
		func() { remove() },
	)
	calls.answering(
		func() error { return f.SetResult(1) },
		func() error { return f.SetError(errRun) },
		func() error { return second(f.Result()) },
		func() error { return second(f.Await(ctx)) },
		func() error { return second(task.Await(inner)) },
		func() error { return asyncio.Sleep(ctx, 0) },
		func() error { return asyncio.Sleep(inner, time.Second) },
		func() error { return second(asyncio.Gather(ctx, f)) },
		func() error { return second(asyncio.GatherResults(ctx, f)) },
		func() error { return third(asyncio.Wait(ctx, asyncio.AllCompleted, f)) },
		func() error { return second(asyncio.Shield(ctx, f.Await)) },
		func() error { return asyncio.WithTaskGroup(ctx, nil) },
		func() error { return second(asyncio.ToThread(ctx, f.Await)) },
		func() error { return second(asyncio.RunInExecutor(ctx, nil, f.Await)) },
		func() error { return third(asyncio.Recv(ctx, make(chan int))) },
		func() error { return asyncio.Send(ctx, make(chan int), 1) },
		func() error {
			for _, err := range asyncio.AsCompleted(ctx, f) {
				return err
			}
			return nil
		},
	)
	calls.answering(
		func() error { return asyncio.WaitReadable(ctx, 5) },
		func() error { return asyncio.WaitWritable(ctx, 5) },
		func() error { return asyncio.WaitConnReadable(ctx, os.Stdin) },
		func() error { return asyncio.WaitConnWritable(ctx, os.Stdin) },
		func() error { return second(asyncio.WaitSignal(ctx, os.Interrupt)) },
		func() error { return second(asyncio.First(ctx, f.Await)) },
	)
	calls.panicking(
		func() { group.SetLimit(1) },
		func() {
			for range asyncio.Ticks(ctx, 1) {
			}
		},
	)
	calls.ofThings(ctx)
	return calls
}

// refusedCalls are calls that another goroutine must be refused.
type refusedCalls []func() error

// answering adds calls that return an error.
func (c *refusedCalls) answering(calls ...func() error) { *c = append(*c, calls...) }

// panicking adds calls that panic with one.
func (c *refusedCalls) panicking(calls ...func()) {
	for _, call := range calls {
		c.answering(func() error { return panicOf(call) })
	}
}

// ofThings adds those of what belongs to the loop whose tasks have used it.
func (c *refusedCalls) ofThings(ctx context.Context) {
	lock, event, semaphore, barrier, queue := &asyncio.Lock{}, &asyncio.Event{}, asyncio.NewSemaphore(1), asyncio.NewBarrier(1), asyncio.NewQueue[int](1)
	cond := asyncio.NewCondition(lock)
	own := &asyncio.WaitQueue{}
	event.Set()
	_, _ = barrier.Wait(ctx)
	_ = errors.Join(cond.Acquire(ctx), cond.WaitFor(ctx, func() bool { return true }), event.Wait(ctx), semaphore.Acquire(ctx), queue.Put(ctx, 1), own.Enter(ctx))
	c.answering(
		func() error { return own.Enter(ctx) },
		func() error { return own.Wait(ctx, trace.WaitObject, nil) },
		func() error { return lock.Acquire(ctx) },
		func() error { return event.Wait(ctx) },
		func() error { return cond.Wait(ctx) },
		func() error { return cond.WaitFor(ctx, func() bool { return true }) },
		func() error { return semaphore.Acquire(ctx) },
		func() error { return second(barrier.Wait(ctx)) },
		func() error { return queue.Put(ctx, 1) },
		func() error { return second(queue.Get(ctx)) },
		func() error { return queue.TryPut(1) },
		func() error { return second(queue.TryGet()) },
		func() error { return queue.Join(ctx) },
		func() error { return queue.PumpFrom(ctx, make(chan int)) },
		func() error { return queue.PumpTo(ctx, make(chan int)) },
	)
	c.panicking(
		lock.Release,
		func() { lock.Locked() },
		func() { lock.Stats() },
		func() { _ = lock.String() },
		event.Set,
		event.Clear,
		func() { event.IsSet() },
		func() { event.Stats() },
		func() { _ = event.String() },
		func() { cond.Notify(1) },
		cond.NotifyAll,
		func() { cond.Stats() },
		func() { _ = cond.String() },
		semaphore.Release,
		func() { semaphore.Locked() },
		func() { semaphore.Stats() },
		func() { _ = semaphore.String() },
		barrier.Reset,
		barrier.Abort,
		func() { barrier.Waiting() },
		func() { barrier.Broken() },
		func() { barrier.Stats() },
		func() { _ = barrier.String() },
		func() { queue.TaskDone() },
		func() { queue.Shutdown(true) },
		func() { queue.IsShutDown() },
		func() { queue.Len() },
		func() { queue.Stats() },
		func() { _ = queue.String() },
		own.Use,
		func() { own.WakeOne() },
		func() { own.WakeIf(nil) },
		func() { own.WakeAll() },
		func() { own.Len() },
		func() { own.SetName("own") },
		func() { own.Name() },
	)
}

// anyGoroutine are the names under which something refuses to wait on the wrong goroutine that any
// goroutine may call otherwise; or which refuses all while the loop runs.
var anyGoroutine = []string{
	"ConcurrentFuture.Await", "ConcurrentFuture.Cancel", "ConcurrentFuture.SetError", "ConcurrentFuture.SetResult",
	"CreateTaskThreadsafe", "Loop.StatsThreadsafe", "Loop.WaitGraphThreadsafe", "Runner.Close",
}

// checkedCalls finds in the source the names of all functions and methods that check whose
// goroutine calls them: the op of each call of refuse, which is what every check ends with, and of
// the functions that hand an op on to it.
func checkedCalls(t *testing.T) (names []string) {
	pkg, err := build.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	var functions []*ast.FuncDecl
	for _, name := range pkg.GoFiles {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok {
				functions = append(functions, fn)
			}
		}
	}
	opAt := map[string]int{"refuse": 0} // by the name of a function, the place of its op
	for known := 0; known != len(opAt); {
		known, names = len(opAt), nil
		for _, fn := range functions {
			ast.Inspect(fn, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				switch op := opOf(call, opAt).(type) {
				case *ast.BasicLit:
					names = append(names, strings.Trim(op.Value, `"`))
				case *ast.Ident:
					if i := parameter(fn, "op"); op.Name == "op" && i >= 0 {
						opAt[fn.Name.Name] = i
					}
				}
				return true
			})
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// opOf is the op of a call of one of the functions, nil if it is none of them.
func opOf(call *ast.CallExpr, opAt map[string]int) ast.Expr {
	name := ""
	switch fn := call.Fun.(type) {
	case *ast.Ident:
		name = fn.Name
	case *ast.SelectorExpr:
		name = fn.Sel.Name
	case *ast.IndexExpr: // of a type argument
		if fn, ok := fn.X.(*ast.Ident); ok {
			name = fn.Name
		}
	}
	if i, ok := opAt[name]; ok && i < len(call.Args) {
		return call.Args[i]
	}
	return nil
}

// parameter is the place of the parameter of fn with a name, -1 if it has none.
func parameter(fn *ast.FuncDecl, name string) int {
	i := 0
	for _, field := range fn.Type.Params.List {
		for _, p := range field.Names {
			if p.Name == name {
				return i
			}
			i++
		}
	}
	return -1
}

// Another goroutine is refused everywhere, whether the loop runs a task, a callback, or sleeps. It
// is worth most under the race detector.
func TestWrongGoroutine(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	refused := map[string]bool{}
	err := v.run(func(ctx context.Context) error {
		calls := owned(ctx, v.runner)
		try := func(when string) {
			onGoroutine(func() {
				for i, call := range calls {
					err := call()
					if !errors.Is(err, asyncio.ErrWrongGoroutine) {
						t.Errorf("call %d, while %s: %v", i, when, err)
						continue
					}
					refused[strings.Split(err.Error(), ": ")[1]] = true
				}
				for name, call := range map[string]func() error{
					"RunForever":       l.RunForever,
					"Close":            l.Close,
					"Runner.Run":       func() error { return v.run(forever) },
					"Runner.Close":     v.runner.Close,
					"RunUntilComplete": func() error { _, err := asyncio.RunUntilComplete(l, asyncio.NewFuture[int](l)); return err },
				} {
					if err := call(); !errors.Is(err, asyncio.ErrLoopRunning) {
						t.Errorf("%s, while %s: %v", name, when, err)
					}
				}
			})
		}
		try("a task runs")
		f := asyncio.NewFuture[int](l)
		v.onForever(func() { // nothing can be scheduled: the loop waits without a limit
			try("the loop sleeps")
			_ = l.CallSoonThreadsafe(func() { try("a callback runs"); _ = f.SetResult(1) })
		})
		_, err := f.Await(ctx)
		for task := range l.AllTasks() {
			if task != asyncio.CurrentTask(ctx) {
				task.Cancel(nil)
			}
		}
		return err
	})
	equal(t, "error", err, nil)
	for _, name := range checkedCalls(t) {
		if !refused[name] && !slices.Contains(anyGoroutine, name) {
			t.Errorf("%s checks whose goroutine calls it, and is not among those tried", name)
		}
	}
}

// A task of one loop is another goroutine to all other loops.
func TestWrongLoop(t *testing.T) {
	a, b := newVirtual(t), newVirtual(t)
	inA, inB := make(chan struct{}), make(chan struct{})
	var ctxA context.Context
	go func() {
		defer close(inB)
		_ = a.run(func(ctx context.Context) error {
			ctxA = ctx
			inA <- struct{}{}
			<-inA
			return nil
		})
	}()
	<-inA
	err := b.run(func(ctx context.Context) error {
		if err := asyncio.Sleep(ctxA, 0); !errors.Is(err, asyncio.ErrWrongGoroutine) {
			t.Errorf("Sleep: %v", err)
		}
		return panicOf(func() { a.loop.CallSoon(func() {}) })
	})
	if !errors.Is(err, asyncio.ErrWrongGoroutine) {
		t.Errorf("CallSoon: %v", err)
	}
	close(inA)
	<-inB
}

// What any goroutine may call, it may.
func TestAnyGoroutine(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		task := asyncio.CurrentTask(ctx)
		f := asyncio.NewFuture[int](l)
		returned := onGoroutine(func() {
			equal(t, "running", l.IsRunning(), true)
			equal(t, "closed", l.IsClosed(), false)
			equal(t, "string", l.String(), fmt.Sprintf("Loop(%s, running)", l.Name()))
			equal(t, "loop", asyncio.RunningLoop(ctx), l)
			equal(t, "loop of a future", f.Loop(), l)
			equal(t, "id", task.ID() > 0, true)
			equal(t, "zero Handle", asyncio.Handle{}.Cancel(), false)
			equal(t, "context", ctx.Err(), nil)
			asyncio.NewFuture[int](l)
		})
		equal(t, "returned", returned, true)
	})
}

// A callback is a closure: it has the values of the context it was made with.
func TestCallbacksHaveTheirContext(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		var got []any
		f := asyncio.NewFuture[int](l)
		for i, schedule := range []func(fn func()){
			func(fn func()) { l.CallSoon(fn) },
			func(fn func()) { l.CallLater(0, fn) },
			func(fn func()) { _ = l.CallSoonThreadsafe(fn) },
			func(fn func()) { f.AddDoneCallback(fn) },
		} {
			ctx := context.WithValue(ctx, runnerKey{}, i)
			schedule(func() {
				got = append(got, ctx.Value(runnerKey{}))
				asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
					got = append(got, ctx.Value(runnerKey{}))
					return 0, nil
				})
			})
		}
		_ = f.SetResult(1)
		for range 4 {
			yield(t, ctx)
		}
		slices.SortFunc(got, func(a, b any) int { return a.(int) - b.(int) })
		equalAll(t, "values", got, []any{0, 0, 1, 1, 2, 2, 3, 3})
	})
}

// TestPulledSequence: a sequence that waits cannot be pulled from, and the error says why, and what
// can be done instead; on another goroutine it says something else.
func TestPulledSequence(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		q := asyncio.NewQueue[int](0)
		equal(t, "TryPut", q.TryPut(1), nil)
		next, stop := iter.Pull2(q.All(ctx))
		defer stop()
		_, err, ok := next()
		equal(t, "a pair", ok, true)
		if !errors.Is(err, asyncio.ErrWrongGoroutine) || !strings.Contains(err.Error(), "range over the sequence") {
			t.Errorf("the error is %v", err)
		}
		for item, err := range q.All(ctx) {
			equal(t, "item", item, 1)
			equal(t, "error", err, nil)
			break
		}
		elsewhere := make(chan error)
		go func() { elsewhere <- asyncio.Sleep(ctx, 0) }()
		if err := <-elsewhere; !errors.Is(err, asyncio.ErrWrongGoroutine) || strings.Contains(err.Error(), "range over") {
			t.Errorf("elsewhere the error is %v", err)
		}
	})
}

// A method that returns no error panics with the same advice.
func TestPulledPanic(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		next, stop := iter.Pull(func(yield func(error) bool) {
			defer func() {
				err, _ := recover().(error)
				yield(err)
			}()
			l.Stop()
		})
		defer stop()
		if err, _ := next(); err == nil || !strings.Contains(err.Error(), "range over the sequence") {
			t.Errorf("it panics with %v", err)
		}
	})
}
