// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"fmt"
	"os"
	"os/signal"
	"sync"

	"github.com/gocurtain/asyncio/trace"
)

// signals brings the process's signals to the loop. While there is a handler, one
// goroutine listens for all of them; the handlers themselves are called by the loop.
type signals struct {
	mu       sync.Mutex
	handlers map[os.Signal]*signalHandler
	// interrupt, if not nil, takes what has no handler: the first of these signals
	// goes to it, the second ends the process. See [Runner].
	interrupt   func(os.Signal)
	interrupted bool

	ch   chan os.Signal
	idle chan struct{} // closed when the listening goroutine has ended
}

type signalHandler struct {
	fn  func()
	ref uint64
}

// AddSignalHandler makes the loop call fn whenever the process gets sig (asyncio U1,
// U2), like any other callback. It replaces an earlier handler for sig, and what
// [Runner] does on SIGINT and SIGTERM. The error says which signals cannot be handled.
func (l *Loop) AddSignalHandler(sig os.Signal, fn func()) error {
	l.mustBeOpen("Loop.AddSignalHandler")
	if err := checkSignal(sig); err != nil {
		return opError("Loop.AddSignalHandler", err)
	}
	h := &signalHandler{fn: fn}
	if hooks := l.hooks; hooks != nil {
		h.ref = newID()
		hooks.HandleScheduled(h.ref, trace.OriginSignal, 0)
	}
	s := &l.signals
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.handlers == nil {
		s.handlers = make(map[os.Signal]*signalHandler)
	}
	s.handlers[sig] = h
	s.listen(l, sig)
	return nil
}

// RemoveSignalHandler ends what AddSignalHandler began, and restores what sig did
// before. It reports whether there was a handler (U4).
func (l *Loop) RemoveSignalHandler(sig os.Signal) bool {
	l.mustOwn("Loop.RemoveSignalHandler")
	s := &l.signals
	s.mu.Lock()
	if _, ok := s.handlers[sig]; !ok {
		s.mu.Unlock()
		return false
	}
	delete(s.handlers, sig)
	s.mu.Unlock()
	s.restart(l)
	return true
}

// onInterrupt sets what happens on SIGINT and SIGTERM without a handler; nil undoes it.
func (s *signals) onInterrupt(l *Loop, fn func(os.Signal)) {
	s.mu.Lock()
	s.interrupt, s.interrupted = fn, false
	if fn != nil {
		s.listen(l, interruptSignals()...)
	}
	s.mu.Unlock()
	if fn == nil {
		s.restart(l)
	}
}

// interruptSignals are those that ask a program to end, unless it was started with
// them ignored, as nohup and a shell's background jobs are.
func interruptSignals() []os.Signal {
	var sigs []os.Signal
	for _, sig := range []os.Signal{os.Interrupt, sigterm} {
		if !signal.Ignored(sig) {
			sigs = append(sigs, sig)
		}
	}
	return sigs
}

// listen adds to the signals listened for. The caller holds mu.
func (s *signals) listen(l *Loop, sigs ...os.Signal) {
	if len(sigs) == 0 {
		return // Notify would take it for "all signals"
	}
	if s.ch == nil {
		// Room for the signals that come while the goroutine takes one; more of the
		// same kind would be merged by the kernel too.
		s.ch = make(chan os.Signal, 16)
		s.idle = make(chan struct{})
		go s.relay(l, s.ch, s.idle)
	}
	signal.Notify(s.ch, sigs...)
}

// restart ends listening, which restores what the signals did before, and begins
// again with those that are still wanted.
func (s *signals) restart(l *Loop) {
	s.quit()
	s.mu.Lock()
	defer s.mu.Unlock()
	for sig := range s.handlers {
		s.listen(l, sig)
	}
	if s.interrupt != nil {
		s.listen(l, interruptSignals()...)
	}
}

func (s *signals) close() {
	s.mu.Lock()
	s.handlers, s.interrupt = nil, nil
	s.mu.Unlock()
	s.quit()
}

// quit ends the listening goroutine and waits for it. mu is not held: the goroutine may want it.
func (s *signals) quit() {
	s.mu.Lock()
	ch, idle := s.ch, s.idle
	s.ch, s.idle = nil, nil
	s.mu.Unlock()
	if ch != nil {
		signal.Stop(ch)
		close(ch)
		<-idle
	}
}

// relay hands signals to the loop. It runs on a goroutine of its own, so that a
// second interrupt ends the process even if the loop is stuck.
func (s *signals) relay(l *Loop, ch chan os.Signal, idle chan struct{}) {
	defer close(idle)
	for sig := range ch {
		s.mu.Lock()
		h, interrupt, again := s.handlers[sig], s.interrupt, s.interrupted
		if h == nil && interrupt != nil {
			s.interrupted = true
		}
		s.mu.Unlock()
		switch {
		case h != nil:
			// The loop may be closed by now, and the handlers with it.
			_ = l.CallSoonThreadsafe(func() { l.runSignal(sig, h) })
		case interrupt != nil && again:
			dieOf(sig)
		case interrupt != nil:
			_ = l.CallSoonThreadsafe(func() { interrupt(sig) })
		}
	}
}

// runSignal calls a handler, unless it was removed or replaced meanwhile.
func (l *Loop) runSignal(sig os.Signal, h *signalHandler) {
	s := &l.signals
	s.mu.Lock()
	current := s.handlers[sig] == h
	s.mu.Unlock()
	if current {
		h.fn()
	}
}

func checkSignal(sig os.Signal) error {
	if sig == nil {
		return fmt.Errorf("no signal given: %w", os.ErrInvalid)
	}
	if !canHandle(sig) {
		return fmt.Errorf("signal %v cannot be handled: %w", sig, os.ErrInvalid)
	}
	return nil
}
