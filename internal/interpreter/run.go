// SPDX-License-Identifier: Apache-2.0

package interpreter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/gocurtain/asyncio/internal/need"
)

// patience is how long a program may take.
const patience = 2 * time.Minute

// Need returns all of [Found], and ends the test as [need.Skip] says where there is none.
func Need(tb testing.TB) []Python {
	tb.Helper()
	found := Found()
	if len(found) == 0 {
		need.Skip(tb, need.Python, "no Python 3.%d to 3.%d here: list some in CURTAIN_PYTHONS", First, Last)
	}
	return found
}

// Each runs a test on an interpreter of each version, in short mode on the latest two. It is
// skipped for those that are missing.
func Each(t *testing.T, test func(t *testing.T, p Python)) {
	t.Helper()
	found := Found()
	for minor := First; minor <= Last; minor++ {
		version := fmt.Sprintf("3.%d", minor)
		t.Run(version, func(t *testing.T) {
			i := slices.IndexFunc(found, func(p Python) bool { return p.Minor == minor })
			if i < 0 {
				need.Skip(t, need.PythonVersion(version), "no Python %s here: list one in CURTAIN_PYTHONS", version)
			}
			if testing.Short() && i < len(found)-2 {
				t.Skip("only the latest two in short mode")
			}
			test(t, found[i])
		})
	}
}

// Result is what a program did.
type Result struct {
	Out, Errors string // what it wrote
	Status      string // how it ended, such as "exit status 0"
}

// Run runs an interpreter with an environment, which may be [Environ], and arguments. The order of
// sets is the same in each run.
func (p Python) Run(tb testing.TB, environ []string, args ...string) Result {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.Path, args...)
	cmd.Env = append(slices.Clip(environ), "PYTHONHASHSEED=0")
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		tb.Fatal(err)
	}
	return Result{out.String(), complaint.String(), cmd.ProcessState.String()}
}
