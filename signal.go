// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"sync"

	"github.com/gocurtain/asyncio/trace"
)

// signals brings the process's signals to the loop. Each wanted signal has a channel and a
// goroutine that listens on it, so that giving up one signal does not disturb another. The loop
// calls the handlers.
type signals struct {
	loop *Loop

	mu       sync.Mutex
	handlers map[os.Signal]*signalHandler
	// interrupt, if not nil, gets the first of interrupts (SIGINT and SIGTERM) that has no handler;
	// the second ends the process. See [Runner].
	interrupt   func(os.Signal)
	interrupts  []os.Signal
	interrupted bool
	watched     map[os.Signal]*signalWatch
}

// signalsOf returns the signals of l. It makes them if there are none. Only the loop's goroutine
// may call it.
func signalsOf(l *Loop) *signals {
	s, ok := l.signals.(*signals)
	if !ok {
		s = &signals{loop: l}
		l.signals = s
	}
	return s
}

type signalHandler struct {
	fn     func()
	ref    uint64
	number int
	// forTasks: it is there for tasks that wait for the signal, and to be taken once: if one of the
	// interrupts comes before they have run, the loop is stuck.
	forTasks, taken bool
	sig             os.Signal // if it is there for tasks
	// These belong to the loop's goroutine.
	queued  []uint64 // numbers in the ready queue of the calls to come
	removed bool
	tasks   []*signalWait
	given   bool // a task has got the signal
}

type signalWatch struct {
	ch   chan os.Signal
	idle chan struct{} // closed when the goroutine has ended
}

// AddSignalHandler makes the loop call fn, as a callback, each time the process gets sig (asyncio
// U1, U2). It replaces an earlier handler for sig, and what [Runner] does on SIGINT and SIGTERM.
// There is an error if sig cannot be handled; it is [ErrBusy] while a task waits for sig in
// [WaitSignal].
func (l *Loop) AddSignalHandler(sig os.Signal, fn func()) error {
	l.mustBeOpen("Loop.AddSignalHandler")
	mustCall("Loop.AddSignalHandler", fn)
	if err := checkSignal(sig); err != nil {
		return opError("Loop.AddSignalHandler", err)
	}
	h := &signalHandler{fn: l.remember(fn), number: signalNumber(sig)}
	if old := signalsOf(l).handler(sig); old != nil && old.forTasks {
		return opError("Loop.AddSignalHandler", fmt.Errorf("a task waits for signal %v: %w", sig, ErrBusy))
	}
	l.addSignalHandler(sig, h)
	return nil
}

// addSignalHandler puts h in the place of the handler that there was, and listens for sig.
func (l *Loop) addSignalHandler(sig os.Signal, h *signalHandler) {
	if hooks := l.hooks; hooks != nil {
		h.ref = newID()
		hooks.HandleScheduled(h.ref, trace.OriginSignal, 0)
	}
	s := signalsOf(l)
	s.mu.Lock()
	old := s.handlers[sig]
	if s.handlers == nil {
		s.handlers = make(map[os.Signal]*signalHandler)
	}
	s.handlers[sig] = h
	s.mu.Unlock()
	if old != nil {
		l.dropSignal(old)
	}
	s.update()
}

// handler is that of a signal, nil if there is none.
func (s *signals) handler(sig os.Signal) *signalHandler {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.handlers[sig]
}

// RemoveSignalHandler removes the handler for sig, with its queued calls, and restores what sig did
// before. It reports whether there was a handler (U4).
func (l *Loop) RemoveSignalHandler(sig os.Signal) bool {
	l.mustOwn("Loop.RemoveSignalHandler")
	if h := signalsOf(l).handler(sig); h == nil || h.forTasks {
		return false
	}
	l.removeSignalHandler(sig)
	return true
}

// removeSignalHandler removes the handler of a signal, which there is.
func (l *Loop) removeSignalHandler(sig os.Signal) {
	s := signalsOf(l)
	s.mu.Lock()
	h := s.handlers[sig]
	delete(s.handlers, sig)
	s.mu.Unlock()
	l.dropSignal(h)
	s.update()
}

// onInterrupt sets what happens on SIGINT and SIGTERM without a handler; nil undoes it.
func (s *signals) onInterrupt(fn func(os.Signal)) {
	s.mu.Lock()
	s.interrupt, s.interrupts, s.interrupted = fn, nil, false
	if fn != nil {
		s.interrupts = slices.DeleteFunc(askToEnd(), func(sig os.Signal) bool {
			return ignoredAtStart[sig] || signal.Ignored(sig)
		})
	}
	s.mu.Unlock()
	s.update()
}

// askToEnd are the signals that ask a program to end.
func askToEnd() []os.Signal { return []os.Signal{os.Interrupt, sigterm} }

// ignoredAtStart are the ones that were ignored when the program started, as under nohup and in a
// shell's background jobs. They stay ignored; package signal forgets that when a handler has come
// and gone.
var ignoredAtStart = func() map[os.Signal]bool {
	ignored := make(map[os.Signal]bool)
	if noSignals() != nil {
		return ignored
	}
	for _, sig := range askToEnd() {
		ignored[sig] = signal.Ignored(sig)
	}
	return ignored
}()

// wanted returns the signals that somebody wants. The caller holds mu.
func (s *signals) wanted() map[os.Signal]bool {
	wanted := make(map[os.Signal]bool)
	for sig := range s.handlers {
		wanted[sig] = true
	}
	for _, sig := range s.interrupts {
		wanted[sig] = true
	}
	return wanted
}

// update begins to listen for the signals that are wanted, and stops listening for the others,
// which restores what they did before.
func (s *signals) update() {
	s.mu.Lock()
	wanted := s.wanted()
	var unwanted []*signalWatch
	for sig, w := range s.watched {
		if !wanted[sig] {
			unwanted = append(unwanted, w)
			delete(s.watched, sig)
		}
	}
	for sig := range wanted {
		if s.watched[sig] == nil {
			s.watch(sig)
		}
	}
	s.mu.Unlock()
	// Not under mu, which a goroutine may want before it ends.
	for _, w := range unwanted {
		signal.Stop(w.ch)
		close(w.ch)
		<-w.idle
	}
}

// watch starts to listen for one signal. The caller holds mu.
func (s *signals) watch(sig os.Signal) {
	// Room for signals that come while the goroutine handles one; the kernel merges equal ones,
	// too.
	w := &signalWatch{ch: make(chan os.Signal, 16), idle: make(chan struct{})}
	if s.watched == nil {
		s.watched = make(map[os.Signal]*signalWatch)
	}
	s.watched[sig] = w
	signal.Notify(w.ch, sig)
	go func() {
		defer close(w.idle)
		for range w.ch {
			s.relay(sig)
		}
	}()
}

func (s *signals) close() {
	s.mu.Lock()
	s.handlers, s.interrupt, s.interrupts = nil, nil, nil
	s.mu.Unlock()
	s.update()
}

// relay hands a signal to the loop. It runs on a goroutine of its own, so that a second interrupt
// ends the process even if the loop is stuck.
func (s *signals) relay(sig os.Signal) {
	s.mu.Lock()
	h, interrupt, again := s.handlers[sig], s.interrupt, s.interrupted
	// If another signal has no handler, its handler is just being removed.
	interrupts := slices.Contains(s.interrupts, sig)
	switch {
	case h != nil && h.forTasks:
		again, h.taken = interrupts && h.taken, true
	case h != nil:
		interrupts, again = false, false
	}
	if interrupts {
		s.interrupted = true
	}
	s.mu.Unlock()
	switch {
	case interrupts && again:
		dieOf(sig)
	case h != nil:
		// The loop may be closed by now, and the handlers with it.
		_ = s.loop.post(outsideCall{fn: func() { s.loop.queueSignal(h) }, now: true})
	case interrupts:
		_ = s.loop.CallSoonThreadsafe(func() { interrupt(sig) })
	}
}

// queueSignal queues a call of a handler, unless it was removed or replaced meanwhile.
func (l *Loop) queueSignal(h *signalHandler) {
	if h.removed {
		return
	}
	if hooks := l.hooks; hooks != nil {
		if h.ref == 0 {
			h.ref = newID() // it was added before there were hooks
		}
		hooks.Ready(h.number, trace.ReadySignal, h.ref)
	}
	h.queued = append(h.queued, l.ready.Push(readyEntry{fn: h.run, ref: h.ref}))
}

func (h *signalHandler) run() {
	h.queued = h.queued[1:]
	h.fn()
}

// dropSignal removes the queued calls of a handler that was removed or replaced.
func (l *Loop) dropSignal(h *signalHandler) {
	h.removed = true
	for _, n := range h.queued {
		if e := l.ready.At(n); e != nil {
			*e = readyEntry{}
		}
	}
	l.cancelled(h.ref)
}

// noSignals returns an error where there are no signals: there even a call of package os/signal
// would fail.
func noSignals() error {
	switch {
	case inBubble():
		return fmt.Errorf("a bubble of testing/synctest gets no signals: %w", errors.ErrUnsupported)
	case runtime.GOOS == "js", runtime.GOOS == "wasip1":
		return fmt.Errorf("%s has no signals: %w", runtime.GOOS, errors.ErrUnsupported)
	}
	return nil
}

func checkSignal(sig os.Signal) error {
	if sig == nil {
		return fmt.Errorf("no signal given: %w", os.ErrInvalid)
	}
	if err := noSignals(); err != nil {
		return err
	}
	if !canHandle(sig) {
		return fmt.Errorf("signal %v cannot be handled: %w", sig, os.ErrInvalid)
	}
	return nil
}
