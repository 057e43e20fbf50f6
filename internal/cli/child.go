// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"
)

// child is the traced command. It has curtain's terminal, process group and standard files, so that
// a shell's job control and Ctrl-C work as without curtain.
type child struct {
	cmd     *exec.Cmd
	sentry  *sentry
	signals <-chan os.Signal
	// ended is closed when the command has ended; interrupted gets each signal that comes well
	// after that. The relay runs from the start until quit is closed.
	ended, interrupted, quit chan struct{}
	relayed                  sync.WaitGroup
	endTime                  time.Time // set before ended is closed
	// signalsAreMine is set when curtain has told the user what a signal does from now on.
	signalsAreMine atomic.Bool
}

// startChild starts a command, unless a signal came before: to the command that is a Ctrl-C before
// it began.
func startChild(command, environ []string, signals <-chan os.Signal) (*child, error) {
	c := &child{
		cmd:         exec.Command(command[0], command[1:]...),
		signals:     signals,
		ended:       make(chan struct{}),
		interrupted: make(chan struct{}, 1),
		quit:        make(chan struct{}),
	}
	c.cmd.Env = environ
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	select {
	case sig := <-signals:
		return nil, exitStatus(statusSignal + signalNumber(sig))
	default:
	}
	c.sentry = startSentry()
	if err := c.cmd.Start(); err != nil {
		c.sentry.stop()
		return nil, startError(command[0], err)
	}
	c.relayed.Go(c.relay)
	return c, nil
}

// startError says why a command did not start, and ends curtain as a shell would.
func startError(name string, err error) error {
	status := statusNotRunnable
	var reason error
	switch {
	case errors.Is(err, exec.ErrDot):
		reason = fmt.Errorf("found in the current directory only; write ./%s", name)
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		status, reason = statusNotFound, errors.New("no such command")
	default:
		reason = err
		if path := (*fs.PathError)(nil); errors.As(err, &path) {
			reason = path.Err
		}
	}
	sayf("cannot run %s: %v", name, reason)
	return exitStatus(status)
}

// wait returns the exit status of the command.
func (c *child) wait() int {
	err := c.cmd.Wait()
	c.endTime = time.Now()
	close(c.ended)
	if c.cmd.ProcessState == nil {
		sayf("cannot wait for %s: %v", c.cmd.Path, err)
		return statusFailed
	}
	return exitStatusOf(c.cmd.ProcessState)
}

// release ends the relay. The signals stay caught until curtain ends, since it must still clean up.
func (c *child) release() {
	close(c.quit)
	c.relayed.Wait()
	c.sentry.stop()
}
