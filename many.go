// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"errors"
	"runtime"
	"slices"

	"github.com/gocurtain/asyncio/trace"
)

// many watches several futures for the current task, and hands them out in order of completion.
// Gather, Wait and AsCompleted are built on it. Each future tells it directly, not by a callback in
// a later turn.
type many struct {
	task   *task
	places []waiter // one in each future's queue
	futs   []*future
	mine   map[*future]bool // watched by nobody else, so we answer for its error
	done   []*future        // completed, not handed out yet
	left   int              // not handed out yet
	parked bool             // the task waits for the next one
}

// watchMany begins to watch aws, each future once, even if it is given twice. It does not check for
// a cancellation.
func watchMany[A AnyFuture](ctx context.Context, op string, aws []A) (*many, error) {
	t, err := currentTask(ctx, op)
	if err != nil {
		return nil, err
	}
	m := &many{task: t, futs: make([]*future, 0, len(aws)), mine: make(map[*future]bool, len(aws))}
	for _, aw := range aws {
		f := aw.base()
		switch {
		case f.loop == nil:
			return nil, zeroValue(op)
		case f.loop != t.loop:
			return nil, opError(op, ErrOtherLoop)
		case f.task == t:
			return nil, opError(op, ErrSelfAwait)
		}
		if _, again := m.mine[f]; !again {
			m.mine[f] = !f.observed
			m.futs = append(m.futs, f)
		}
	}
	m.start()
	return m, nil
}

func (m *many) start() {
	m.left = len(m.futs)
	m.places = make([]waiter, len(m.futs))
	for i, f := range m.futs {
		f.observed = true
		if f.state == finished {
			m.done = append(m.done, f)
			continue
		}
		m.places[i].to = m
		f.join(&m.places[i])
	}
}

// notified is called by a future that has been resolved.
func (m *many) notified(f *future) {
	m.task.loop.uses(&m.task.awaited)
	m.done = append(m.done, f)
	if m.parked {
		m.task.notified(f)
	}
}

// next returns the next completed future; it waits for one if need be.
func (m *many) next(ctx context.Context) (*future, error) {
	if len(m.done) == 0 {
		if err := errOf(ctx); err != nil {
			return nil, err
		}
		m.parked = true
		err := m.task.block(ctx, trace.WaitMany, m, 0)
		m.parked = false
		if err != nil {
			return nil, err
		}
	}
	f := m.done[0]
	m.done = m.done[1:]
	m.left--
	return f, nil
}

// nextAfter is next for a wait that may have been interrupted already. What is left then is to wait
// for the others to end, and must not be interrupted again.
func (m *many) nextAfter(ctx context.Context, interrupted error) (*future, error) {
	if interrupted != nil {
		ctx = context.WithoutCancel(ctx)
	}
	return m.next(ctx)
}

// cancelRest cancels the futures that are not done, and returns them.
func (m *many) cancelRest(cause error) map[*future]bool {
	rest := make(map[*future]bool)
	e := &CancelError{By: m.task.Name(), Cause: cause}
	runtime.Callers(2, e.pcs[:])
	for _, f := range m.futs {
		if f.state == finished {
			continue
		}
		rest[f] = true
		if t := f.task; t != nil {
			t.cancel(e, m.task.id)
			continue
		}
		f.cancel()
	}
	return rest
}

// joinErrors joins the errors of the failed futures to err.
func (m *many) joinErrors(err error) error {
	for _, f := range m.futs {
		if f.err != nil && !f.cut {
			err = errors.Join(err, f.err)
		}
	}
	return err
}

// letPanic continues the panic of the first future that has one. The errors of the others cannot
// come along, so they are left to the exception handler.
func (m *many) letPanic() {
	at := slices.IndexFunc(m.futs, func(f *future) bool { return f.panic() != nil })
	if at < 0 {
		return
	}
	m.neglect(m.futs[:at]...)
	m.neglect(m.futs[at+1:]...)
	_ = m.futs[at].outcome()
}

// neglect says that m no longer answers for the errors of futs.
func (m *many) neglect(futs ...*future) {
	for _, f := range futs {
		if m.mine[f] {
			m.mine[f] = false
			f.neglect()
		}
	}
}

// stop takes the watch off the futures that are not done.
func (m *many) stop() {
	for i, f := range m.futs {
		f.leave(&m.places[i])
	}
}

func (m *many) traceID() uint64 { return 0 }

func (m *many) words() string { return "" }

func (m *many) blockers() (tasks []*task) {
	for _, f := range m.futs {
		if f.state == pending && f.task != nil {
			tasks = append(tasks, f.task)
		}
	}
	return tasks
}
