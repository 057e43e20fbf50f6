// SPDX-License-Identifier: Apache-2.0

// Package engines loads a timeline into the engines of other viewers, for tests.
package engines

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// checkers are programs that load a timeline into an engine: that of chrome://tracing, and
// Perfetto's. They say what arrived, as in "flows: 12", and fail if something did not.
var checkers = []struct{ name, variable, noComplaint string }{
	{"catapult-check", "CATAPULT_CHECK", "warnings: 0\n"},
	{"perfetto-check", "PERFETTO_CHECK", "errors: 0\n"},
}

// Check checks a timeline with each checker that there is: on PATH by its name, or as its
// environment variable says. All arrows must arrive.
func Check(t testing.TB, timeline []byte, arrows int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "trace.json")
	if err := os.WriteFile(file, timeline, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range checkers {
		checker, err := exec.LookPath(cmp.Or(os.Getenv(c.variable), c.name))
		if err != nil {
			t.Logf("not checked by %s: %v", c.name, err)
			continue
		}
		out, err := exec.Command(checker, file).Output()
		report := string(out[:min(len(out), 2000)])
		if err != nil {
			t.Errorf("%s: %v\n%s", c.name, err, report)
		}
		for _, line := range []string{fmt.Sprintf("flows: %d\n", arrows), c.noComplaint} {
			if !strings.Contains(report, line) {
				t.Errorf("%s does not say %q:\n%s", c.name, line, report)
			}
		}
	}
}
