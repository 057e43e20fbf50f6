// SPDX-License-Identifier: Apache-2.0

package need

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// A judge is a test that notes how it ends.
type judge struct {
	testing.TB
	verdict string
}

func (j *judge) Helper() {}

func (j *judge) Skipf(format string, args ...any) { j.end("skip", format, args) }

func (j *judge) Fatalf(format string, args ...any) { j.end("fail", format, args) }

func (j *judge) end(how, format string, args []any) {
	j.verdict = how + ": " + fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// judged returns how a test ends.
func judged(t *testing.T, test func(tb testing.TB)) string {
	j := &judge{TB: t, verdict: "pass"}
	done := make(chan struct{})
	go func() {
		defer close(done)
		test(j)
	}()
	<-done
	return j.verdict
}

func TestAbsenceSkipsOrFails(t *testing.T) {
	for must, want := range map[string]string{
		"":                     "skip: no such-command, no-such-either in PATH",
		"strace python":        "skip: no such-command, no-such-either in PATH",
		"strace  npm\tpython":  "fail: no such-command, no-such-either in PATH (and CURTAIN_TEST_MUST says that there must be npm)",
		"python3.12 npm":       "fail: no such-command, no-such-either in PATH (and CURTAIN_TEST_MUST says that there must be npm)",
		"strace chromium npmm": `fail: CURTAIN_TEST_MUST names "npmm"`,
	} {
		t.Setenv(Variable, must)
		got := judged(t, func(tb testing.TB) { Command(tb, NPM, "such-command", "no-such-either") })
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s=%q: %s, want %s", Variable, must, got, want)
		}
	}
}

func TestVersionsOfPythonAreFeatures(t *testing.T) {
	t.Setenv(Variable, "python3.9")
	for version, want := range map[string]string{"3.9": "fail", "3.10": "skip"} {
		got := judged(t, func(tb testing.TB) { Skip(tb, PythonVersion(version), "no Python %s here", version) })
		if !strings.HasPrefix(got, want+": no Python "+version+" here") {
			t.Errorf("Python %s: %s, want %s", version, got, want)
		}
	}
}

func TestCommandFindsTheFirst(t *testing.T) {
	t.Setenv(Variable, "cc")
	var path string
	got := judged(t, func(tb testing.TB) { path = Command(tb, CC, "no-such-command", "go") })
	if got != "pass" || path == "" {
		t.Errorf("%s, path %q", got, path)
	}
}
