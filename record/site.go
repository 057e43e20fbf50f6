// SPDX-License-Identifier: Apache-2.0

package record

import (
	"runtime"
	"sync"

	"github.com/gocurtain/asyncio/internal/caller"
	"github.com/gocurtain/asyncio/trace"
)

// internal is what the cache holds for a place outside the program's own code.
const internal = ^uint32(0)

// Unwinding costs by the frame, and the program's own code usually lies just below the hook. So a
// few frames are tried first, then many: what the runtime puts between the two is less than half as
// deep.
const (
	shallow = 4
	deep    = 16
)

// sites finds the place in the program that caused a record: the innermost frame that is not the
// runtime's. Frames are cached by program counter, so a place is symbolised once.
type sites struct {
	out trace.Appender
	ids map[uintptr]uint32
}

func newSites(out trace.Appender) *sites {
	return &sites{out: out, ids: make(map[uintptr]uint32)}
}

// caller returns the id of the place, 0 if there is none. skip is the number of frames between it
// and the frame to begin with; 0 is the caller of caller.
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

// resolve symbolises one program counter. runtime.Callers gives each inlined call a program counter
// of its own, but a frame may still expand to several.
func (s *sites) resolve(pc uintptr) uint32 {
	frames := runtime.CallersFrames([]uintptr{pc})
	for {
		frame, more := frames.Next()
		if frame.Function == caller.Turns {
			return 0
		}
		if caller.IsProgram(frame.Function, frame.File) {
			return s.out.Site(frame.File, frame.Function, frame.Line)
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
