// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// A signal may have been sent to curtain alone (kill PID): then curtain must pass it on to the
// command. Or it was sent to the whole process group (Ctrl-C, timeout(1)): then it must not, since
// the command has it already, and the second interrupt stops an asyncio program hard. The kernel
// does not tell which. So there is a sentry: a process in the same group that only says which
// signals reach it.

// sentryArg makes curtain the sentry.
const sentryArg = "__sentry"

// sentryDelay is how long curtain waits for the sentry before it takes a signal for its own.
const sentryDelay = 100 * time.Millisecond

// sentryMain reports signals on standard output until standard input ends. That happens when
// curtain ends, for any reason.
func sentryMain() int {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, passedOn...)
	go func() {
		for sig := range signals {
			fmt.Println(int(sig.(syscall.Signal)))
		}
	}()
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// sentry is curtain's end of it. The zero sentry, if none could be started, has seen only what the
// terminal sends.
type sentry struct {
	cmd   *exec.Cmd
	stdin io.Closer

	mu   sync.Mutex
	seen map[os.Signal]time.Time
	gone time.Time     // when it ended
	news chan struct{} // closed and replaced whenever one of these changes
	done chan struct{} // closed when it has ended
}

func startSentry() *sentry {
	s := &sentry{seen: make(map[os.Signal]time.Time), news: make(chan struct{}), done: make(chan struct{})}
	self, err := os.Executable()
	if err != nil {
		return &sentry{}
	}
	s.cmd = exec.Command(self, sentryArg)
	stdin, err1 := s.cmd.StdinPipe()
	stdout, err2 := s.cmd.StdoutPipe()
	if err1 != nil || err2 != nil || s.cmd.Start() != nil {
		return &sentry{}
	}
	s.stdin = stdin
	go s.listen(stdout)
	return s
}

func (s *sentry) listen(stdout io.Reader) {
	defer close(s.done)
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		var n int
		if _, err := fmt.Sscan(lines.Text(), &n); err == nil {
			s.note(func() { s.seen[syscall.Signal(n)] = time.Now() })
		}
	}
	s.note(func() { s.gone = time.Now() })
}

func (s *sentry) note(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	close(s.news)
	s.news = make(chan struct{})
}

// saw reports whether a signal that came to curtain at a time came to the sentry too.
func (s *sentry) saw(sig os.Signal, at time.Time) bool {
	if s.cmd == nil {
		return fromTerminal(sig)
	}
	timeout := time.After(sentryDelay)
	for {
		s.mu.Lock()
		seen, gone, news := s.seen[sig], s.gone, s.news
		s.mu.Unlock()
		switch {
		case at.Sub(seen) < sentryDelay:
			return true
		case at.Sub(gone) < sentryDelay:
			return true // While the sentry starts, it has no handlers, and the signal ends it.
		case !gone.IsZero():
			return fromTerminal(sig)
		}
		select {
		case <-news:
		case <-timeout:
			return false
		}
	}
}

func (s *sentry) stop() {
	if s.cmd == nil {
		return
	}
	_ = s.stdin.Close()
	_ = s.cmd.Process.Kill() // It may be stopped.
	<-s.done
	_ = s.cmd.Wait() // How it ended does not matter.
}
