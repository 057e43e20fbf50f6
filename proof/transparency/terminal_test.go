// SPDX-License-Identifier: Apache-2.0

package transparency

import (
	"bufio"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/creack/pty"

	"github.com/gocurtain/asyncio/proof/internal/pythons"
	"github.com/gocurtain/asyncio/pytrace"
)

// A program has the terminal as it would have it without curtain: what it sees of it, what is typed
// there, and Ctrl-C.
func TestTerminal(t *testing.T) {
	curtain := pythons.Curtain(t)
	for _, p := range pythons.Some(t) {
		t.Run(p.Version, func(t *testing.T) {
			without := onTerminal(t, p)
			if !strings.Contains(without.errors, "KeyboardInterrupt") || !strings.Contains(without.errors, `b'typed\n'`) {
				t.Fatalf("without curtain: %s", without.errors)
			}
			for _, level := range pytrace.Levels() {
				with := onTerminal(t, p, curtain, "trace", "--level", string(level), "--")
				if difference := with.differs(without); difference != "" {
					t.Errorf("at level %s: %s", level, difference)
				}
			}
		})
	}
}

// onTerminal runs a program on a terminal of its own, types a line when it is ready, and then
// Ctrl-C. All that is written is in errors.
func onTerminal(t *testing.T, python pythons.Python, before ...string) outcome {
	t.Helper()
	prog := script("terminal")
	words := append(append(before, python.Path), prog.args...)
	cmd := exec.CommandContext(t.Context(), words[0], words[1:]...)
	cmd.Dir = prog.prepare(t)
	cmd.Env = append(pythons.Environ(), "TERM=dumb", "NO_COLOR=1")
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 30, Cols: 90})
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	typed := map[string]string{"ready": "typed\n", "and Ctrl-C": "\x03"}
	var out strings.Builder
	lines := bufio.NewScanner(terminal) // it ends with an error, as terminals do
	for lines.Scan() {
		line := strings.TrimSuffix(lines.Text(), "\r")
		out.WriteString(line + "\n")
		if _, err := terminal.WriteString(typed[line]); err != nil {
			t.Error(err)
		}
	}
	if err := cmd.Wait(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return newOutcome("", out.String(), cmd.ProcessState)
}
