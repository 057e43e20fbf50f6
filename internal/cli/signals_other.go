// SPDX-License-Identifier: Apache-2.0

//go:build !unix

package cli

import "os"

var passedOn = []os.Signal{os.Interrupt}

func fromTerminal(os.Signal) bool { return true }

func signalNumber(os.Signal) int { return 2 } // that of os.Interrupt everywhere

func surviveBrokenPipe() {} // there are none

func exitStatusOf(state *os.ProcessState) int { return state.ExitCode() }
