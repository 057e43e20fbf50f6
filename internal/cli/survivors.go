// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"strings"
	"time"
)

// This file is about processes that outlive the command: daemons, and jobs that a shell has put
// into the background.

const (
	// followInterval is how often those are looked for.
	followInterval = 50 * time.Millisecond
	// lastLooks is how long curtain waits for processes that are about to end with the command,
	// such as helpers of multiprocessing.
	lastLooks = 10
)

// follow goes on until no process is left that could be recorded, or an interrupt comes; for a
// short time only, unless the user wants everything. It returns the processes that are left.
func follow(dir string, all bool, child *child) []string {
	left := survivors(dir)
	if len(left) > 0 && all {
		child.signalsAreMine.Store(true)
		sayf("%s; Ctrl-C ends the recording", runOn(left))
	}
	tick := time.NewTicker(followInterval)
	defer tick.Stop()
	for looks := 0; len(left) > 0 && (all || looks < lastLooks); looks++ {
		select {
		case <-child.interrupted:
			return left
		case <-tick.C:
			left = survivors(dir)
		}
	}
	return left
}

// runOn says that processes run on.
func runOn(left []string) string {
	const most = 5
	names := strings.Join(left[:min(len(left), most)], ", ")
	if len(left) > most {
		names += ", ..."
	}
	if len(left) == 1 {
		return names + " runs on"
	}
	return names + " run on"
}
