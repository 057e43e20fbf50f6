// SPDX-License-Identifier: Apache-2.0

//go:build unix

package cli

import (
	"os"
	"os/signal"
	"syscall"
)

// passedOn are the signals that curtain passes on to the command: a user or a supervisor asks a
// program for something by them, and they would end curtain.
var passedOn = []os.Signal{
	syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2,
}

func fromTerminal(sig os.Signal) bool { return sig == syscall.SIGINT || sig == syscall.SIGQUIT }

func signalNumber(sig os.Signal) int { return int(sig.(syscall.Signal)) }

// surviveBrokenPipe makes writing to a closed standard error fail. Otherwise it would end curtain
// before it has cleaned up and has said how the command ended.
func surviveBrokenPipe() {
	if !signal.Ignored(syscall.SIGPIPE) {
		signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	}
}

// exitStatusOf returns a status as a shell would.
func exitStatusOf(state *os.ProcessState) int {
	if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return statusSignal + int(ws.Signal())
	}
	return state.ExitCode()
}
