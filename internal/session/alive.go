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

// lookInterval is how often we look whether processes are alive.
const lookInterval = 50 * time.Millisecond

// process is a recorded process. What it was doing when it ended lasts until then; there is no
// record of that end.
type process struct {
	pid   uint64
	seen  uint64 // when it was last seen alive, as records tell time
	known bool   // it was seen; one in a container may have another id there
	gone  bool   // it is not looked at any more: its id may be another's by now
}

// tells notes that a process has recorded something.
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

// alive reports whether a process is alive. One that has ended but was not yet waited for is not.
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
