// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/gocurtain/asyncio/trace"
)

// WaitSignal suspends the current task until the process gets one of the signals, and returns that
// one. Meanwhile these signals do nothing else: SIGINT and SIGTERM do not cancel the main task, as
// they do otherwise ([Run]). So a program can shut down in peace: take no more work, and finish
// what runs, within a time limit. Afterwards the signals do what they did before. But under [Run]
// the next SIGINT or SIGTERM ends the process at once, even if the loop is stuck, as the second one
// always does.
//
// Several tasks may wait for the same signal; all are woken. If it has a handler
// ([Loop.AddSignalHandler]), the error is [ErrBusy]. To hear a signal each time, such as SIGHUP,
// use a handler: between two waits the signal does what it did before. There is also an error if a
// task cannot wait for one of the signals. If ctx is cancelled, before or meanwhile, WaitSignal
// returns ctx.Err(); but a signal that comes before the task has run is not lost: it is returned.
// If two come so, the second one does what it did before, if that was to cancel the main task.
//
// Only the task that ctx belongs to may call it.
func WaitSignal(ctx context.Context, signals ...os.Signal) (os.Signal, error) {
	t, err := currentTask(ctx, "WaitSignal")
	if err != nil {
		return nil, err
	}
	if err := errOf(ctx); err != nil {
		return nil, err
	}
	l := t.loop
	l.usesAll()
	if err := signalsOf(l).mayWait(signals); err != nil {
		return nil, opError("WaitSignal", err)
	}
	w := &signalWait{awaited: awaited{loop: l}, task: t, signals: signals}
	for _, sig := range signals {
		l.joinSignal(sig, w)
	}
	err = t.block(ctx, trace.WaitSignal, w, 0)
	l.usesAll()
	for _, h := range w.handlers {
		l.leaveSignal(h, w)
	}
	if w.got == nil {
		return nil, err
	}
	return w.got, nil
}

// signalWait is what a task waits for in WaitSignal.
type signalWait struct {
	awaited
	task     *task
	signals  []os.Signal
	handlers []*signalHandler
	got      os.Signal
}

func (w *signalWait) words() string {
	var names []string
	for _, sig := range w.signals {
		names = append(names, sig.String())
	}
	return strings.Join(names, " or ")
}

// String is for the graph of waits.
func (w *signalWait) String() string { return w.words() }

// mayWait returns why a task may not wait for these signals, nil if it may.
func (s *signals) mayWait(sigs []os.Signal) error {
	if len(sigs) == 0 {
		return fmt.Errorf("no signal given: %w", os.ErrInvalid)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sig := range sigs {
		if err := checkSignal(sig); err != nil {
			return err
		}
		if h := s.handlers[sig]; h != nil && !h.forTasks {
			return fmt.Errorf("signal %v has a handler: %w", sig, ErrBusy)
		}
	}
	return nil
}

// joinSignal adds w to those who wait for sig.
func (l *Loop) joinSignal(sig os.Signal, w *signalWait) {
	s := signalsOf(l)
	h := s.handler(sig)
	if h != nil && s.hasTaken(h) {
		h.wakeTasks() // they get the one that has come, and w waits for the next one
		h = nil
	}
	if h == nil {
		h = &signalHandler{forTasks: true, sig: sig, number: signalNumber(sig)}
		h.fn = h.wakeTasks
		l.addSignalHandler(sig, h)
	}
	if !slices.Contains(h.tasks, w) {
		h.tasks = append(h.tasks, w)
		w.handlers = append(w.handlers, h)
	}
}

// wakeTasks is the handler of a signal that tasks wait for.
func (h *signalHandler) wakeTasks() {
	for _, w := range h.tasks {
		if w.task.loop.wake(w.task, trace.WakeObject, &w.awaited) {
			w.got, h.given = h.sig, true
		}
	}
}

// leaveSignal takes w out again; with the last one, the signal does what it did before. If the
// signal has come meanwhile, it is not lost: w gets it, even if its task was cancelled at the same
// time. If w has got another signal and nobody has got this one, it does what it does without a
// wait.
func (l *Loop) leaveSignal(h *signalHandler, w *signalWait) {
	s := signalsOf(l)
	h.tasks = slices.DeleteFunc(h.tasks, func(other *signalWait) bool { return other == w })
	last := len(h.tasks) == 0
	if last && s.handler(h.sig) == h {
		l.removeSignalHandler(h.sig)
	}
	switch {
	case h.given || !s.hasTaken(h):
	case w.got == nil:
		w.got, h.given = h.sig, true
	case last:
		s.passOn(h.sig, w.got)
	}
}

// hasTaken reports whether the signal of h has come.
func (s *signals) hasTaken(h *signalHandler) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return h.taken
}

// passOn does what [Runner] does on a signal that came together with another one. If that one has
// asked the program to end, too, there is nothing more to do.
func (s *signals) passOn(sig, other os.Signal) {
	s.mu.Lock()
	interrupt := s.interrupt
	if !slices.Contains(s.interrupts, sig) || slices.Contains(s.interrupts, other) {
		interrupt = nil
	}
	s.mu.Unlock()
	if interrupt != nil {
		interrupt(sig)
	}
}
