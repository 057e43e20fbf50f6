// SPDX-License-Identifier: Apache-2.0

// Package caller tells, of the functions on a stack, the program's own from those of the
// runtime: what a record, an error or a report names as the place is the program's.
package caller

import "strings"

const module = "github.com/gocurtain/asyncio"

// Turns is the function that runs the loop's turns. What it does of itself, such as waking a
// task whose timer is due, has no place in the program: beyond it lies the call of Run, which
// causes nothing.
const Turns = module + ".(*Loop).runTurns"

// programs are the parts of the module that are programs, not the runtime.
var programs = []string{"/examples", "/cmd", "/bench", "/parity", "/proof"}

// between are packages of the standard library that call back: their functions lie between
// the program and the runtime, and never are the cause.
var between = []string{"runtime.", "context.", "iter.", "sync.", "time."}

// IsProgram reports whether a function, which is in file, belongs to the program. Tests are
// programs, also those inside of the runtime's packages.
func IsProgram(function, file string) bool {
	if function == "" {
		return false
	}
	if rest, ok := strings.CutPrefix(function, module); ok && hasAnyPrefix(rest, ".", "/") {
		return strings.HasSuffix(file, "_test.go") || hasAnyPrefix(rest, programs...)
	}
	return !hasAnyPrefix(function, between...)
}

func hasAnyPrefix(s string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}
