// SPDX-License-Identifier: Apache-2.0

package session

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/gocurtain/asyncio/internal/sys"
	"github.com/gocurtain/asyncio/trace"
)

// lookInterval is how often it is looked whether processes are alive.
const lookInterval = 50 * time.Millisecond

// process is one that is recorded. What it was doing when it ended lasted until then, and
// makes no record at its end.
type process struct {
	pid   uint64
	seen  uint64 // when it was last seen alive, as records tell time
	known bool   // it was seen; one in a container may have another id there
	gone  bool   // it is not looked at any more: its id may be another's by now
}

// tells takes in that a process has recorded something.
func (p *process) tells(recs []trace.Record) {
	if n := len(recs); n > 0 {
		p.seen = max(p.seen, recs[n-1].Time)
	}
}

// look looks whether the process is alive.
func (p *process) look() {
	if p.gone {
		return
	}
	now := uint64(sys.Monotonic()) // before, for it may end meanwhile
	if p.gone = !alive(int(p.pid)); !p.gone {
		p.known, p.seen = true, max(p.seen, now)
	}
}

// alive reports whether there is a process. One that has ended and was not yet waited for is
// none.
func alive(pid int) bool {
	if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil {
		// The name before the state may hold anything.
		end := bytes.LastIndexByte(stat, ')')
		return end < 0 || !bytes.HasPrefix(stat[end+1:], []byte(" Z"))
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	err = p.Signal(syscall.Signal(0))
	_ = p.Release() // It was only looked at.
	return err == nil || errors.Is(err, syscall.EPERM)
}
