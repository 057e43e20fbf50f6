// SPDX-License-Identifier: Apache-2.0

// Package caller tells the program's own functions on a stack from those of the runtime: the place
// that a record, an error or a report names is one in the program.
package caller

import "strings"

const module = "github.com/gocurtain/asyncio"

// Turns is the function that runs the loop's turns. What the loop does by itself, such as waking a
// task whose timer is due, has no place in the program: beyond this function lies the call of Run,
// which causes nothing.
const Turns = module + ".(*Loop).runTurns"

// programs are the parts of the module that are programs, not the runtime.
var programs = []string{"/examples", "/cmd", "/bench", "/parity", "/proof"}

// between are packages of the standard library that call back: their functions lie between the
// program and the runtime, and are never the cause.
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
