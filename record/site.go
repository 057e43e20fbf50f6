// SPDX-License-Identifier: Apache-2.0

package record

import (
	"runtime"
	"strings"
	"sync"

	"github.com/gocurtain/asyncio/trace"
)

// internal is what the cache holds for a place that is not the program's own.
const internal = ^uint32(0)

// Unwinding costs by the frame, and the program's own code usually lies just
// below the hook. So a few frames are tried first, then many: what the runtime
// puts between the two is less than half as deep.
const (
	shallow = 4
	deep    = 16
)

// sites finds the place in the program that caused a record: the innermost
// frame that is not the runtime's. Frames are cached by program counter, so a
// place is symbolised once.
type sites struct {
	sink trace.Sink
	ids  map[uintptr]uint32
}

func newSites(sink trace.Sink) *sites {
	return &sites{sink: sink, ids: make(map[uintptr]uint32)}
}

// caller returns the id of the place, 0 if there is none. skip is the number of
// frames between it and the frame to begin with; 0 is the caller of caller.
func (s *sites) caller(skip int) uint32 {
	var pcs [deep]uintptr
	for _, window := range [...][]uintptr{pcs[:shallow], pcs[shallow:]} {
		n := runtime.Callers(skip+2, window)
		for _, pc := range window[:n] {
			if id := s.id(pc); id != internal {
				return id
			}
		}
		skip += shallow
	}
	return 0
}

func (s *sites) id(pc uintptr) uint32 {
	id, ok := s.ids[pc]
	if !ok {
		id = s.resolve(pc)
		s.ids[pc] = id
	}
	return id
}

// resolve symbolises one program counter. runtime.Callers gives each inlined
// call a program counter of its own, but a frame may still expand to several.
func (s *sites) resolve(pc uintptr) uint32 {
	frames := runtime.CallersFrames([]uintptr{pc})
	for {
		frame, more := frames.Next()
		if frame.Function == turns {
			return 0
		}
		if !isInternal(frame.Function, frame.File) {
			return s.sink.Site(frame.File, frame.Function, frame.Line)
		}
		if !more {
			return internal
		}
	}
}

// lockedSites is sites for any goroutine.
type lockedSites struct {
	mu sync.Mutex
	sites
}

func (s *lockedSites) caller(skip int) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sites.caller(skip + 1)
}

const module = "github.com/gocurtain/asyncio"

// turns is the function that runs the loop's turns. What it does of itself, such as
// waking a task whose timer is due, has no place in the program: beyond it lies the
// call of Run, which causes nothing.
const turns = module + ".(*Loop).runTurns"

// ours are the parts of the module that are programs, not the runtime.
var ours = []string{"/examples", "/cmd", "/bench"}

// between are packages of the standard library that call back: their frames
// lie between the program and the runtime and never are the cause.
var between = []string{"runtime.", "context.", "iter.", "sync.", "time."}

// isInternal reports whether a function belongs to the runtime rather than to
// the program. Tests are programs, also those inside the runtime's packages.
func isInternal(function, file string) bool {
	if function == "" {
		return true
	}
	if rest, ok := strings.CutPrefix(function, module); ok && hasAnyPrefix(rest, []string{".", "/"}) {
		return !strings.HasSuffix(file, "_test.go") && !hasAnyPrefix(rest, ours)
	}
	return hasAnyPrefix(function, between)
}

func hasAnyPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}
