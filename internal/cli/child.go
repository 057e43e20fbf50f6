// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"time"
)

// child is the traced command. It has curtain's terminal, process group and
// standard files, so that a shell's job control and Ctrl-C work as without curtain.
type child struct {
	cmd     *exec.Cmd
	sentry  *sentry
	signals chan os.Signal
	// ended is closed when the command has ended, and interrupted when a signal
	// came well after that.
	ended, interrupted, released chan struct{}
	endTime                      time.Time // set before ended is closed
}

// endGrace is how long after the command's end a signal may be the one that ended
// it; later ones are for curtain.
const endGrace = 500 * time.Millisecond

// startChild starts a command with one more variable in its environment.
func startChild(command, environ []string) (*child, error) {
	c := &child{
		cmd:         exec.Command(command[0], command[1:]...),
		signals:     make(chan os.Signal, 16),
		ended:       make(chan struct{}),
		interrupted: make(chan struct{}),
		released:    make(chan struct{}),
	}
	c.cmd.Env = environ
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	// What is ignored stays ignored, for the command too, as nohup wants it. What is
	// caught here is not caught in the command: exec resets it.
	for _, sig := range passedOn {
		if !signal.Ignored(sig) {
			signal.Notify(c.signals, sig)
		}
	}
	c.sentry = startSentry()
	if err := c.cmd.Start(); err != nil {
		signal.Stop(c.signals)
		c.sentry.stop()
		return nil, startError(command[0], err)
	}
	go c.relay()
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

// release gives the signals back.
func (c *child) release() {
	signal.Stop(c.signals)
	close(c.signals)
	<-c.released
	c.sentry.stop()
}

// relay passes on the signals that came to curtain but not to its process group.
// After the command's end they are for curtain.
func (c *child) relay() {
	defer close(c.released)
	interrupted := false
	for sig := range c.signals {
		now := time.Now()
		select {
		case <-c.ended:
			if now.Sub(c.endTime) > endGrace && !interrupted {
				interrupted = true
				close(c.interrupted)
			}
			continue
		default:
		}
		if !c.sentry.saw(sig, now) {
			// It fails only if the command has ended meanwhile.
			_ = c.cmd.Process.Signal(sig)
		}
	}
}
