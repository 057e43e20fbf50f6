// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"os"
	"os/signal"
	"time"
)

// catchSignals keeps signals from ending curtain, which must pass them on to a command and clean
// up. Ignored signals stay ignored, for the command, too, as nohup wants it. A signal that is
// caught here is not caught in the command: exec resets it.
func catchSignals() <-chan os.Signal {
	signals := make(chan os.Signal, 16)
	for _, sig := range passedOn {
		if !signal.Ignored(sig) {
			signal.Notify(signals, sig)
		}
	}
	surviveBrokenPipe()
	return signals
}

// endGrace is how long after the command's end a signal may be the one that ended it; later ones
// are for curtain.
const endGrace = 500 * time.Millisecond

// relay passes on the signals that came to curtain but not to its process group. After the
// command's end they are for curtain.
func (c *child) relay() {
	for {
		select {
		case <-c.quit:
			return
		case sig := <-c.signals:
			now := time.Now()
			select {
			case <-c.ended:
				if now.Sub(c.endTime) > endGrace || c.signalsAreMine.Load() {
					c.interrupt()
				}
			default:
				if !c.sentry.saw(sig, now) {
					// This fails only if the command has ended meanwhile.
					_ = c.cmd.Process.Signal(sig)
				}
			}
		}
	}
}

// interrupt tells of a signal, unless an earlier one is still to be looked at.
func (c *child) interrupt() {
	select {
	case c.interrupted <- struct{}{}:
	default:
	}
}
