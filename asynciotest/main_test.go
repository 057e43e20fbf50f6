// SPDX-License-Identifier: Apache-2.0

package asynciotest_test

import (
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/asynciotest"
)

func TestMain(m *testing.M) { asynciotest.Main(m) }

// recorder is a test that may fail. It keeps what it is told.
type recorder struct {
	testing.TB
	log             []string
	failed, skipped bool
}

// record runs fn with a recorder, as package testing would.
func record(t *testing.T, fn func(tb testing.TB)) *recorder {
	t.Helper()
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		fn(r)
	}()
	<-done
	return r
}

func (r *recorder) Helper()         {}
func (r *recorder) Log(args ...any) { r.log = append(r.log, fmt.Sprint(args...)) }
func (r *recorder) Logf(format string, args ...any) {
	r.log = append(r.log, fmt.Sprintf(format, args...))
}
func (r *recorder) FailNow()                          { r.failed = true; runtime.Goexit() }
func (r *recorder) SkipNow()                          { r.skipped = true; runtime.Goexit() }
func (r *recorder) Fatalf(format string, args ...any) { r.Logf(format, args...); r.FailNow() }

// text is all that was logged.
func (r *recorder) text() string { return strings.Join(r.log, "\n") }

// placeless is the text without the places that a story tells, which change with each line of a
// test.
func (r *recorder) placeless() string { return places.ReplaceAllString(r.text(), "") }

var places = regexp.MustCompile(` \(\w+\.go:\d+\)`)

// wants fails the test if what was logged lacks one of the parts, which have no places, or if it
// did not fail.
func (r *recorder) wants(t *testing.T, parts ...string) {
	t.Helper()
	if !r.failed {
		t.Errorf("it did not fail; it said:\n%s", r.text())
	}
	for _, part := range parts {
		if !strings.Contains(r.placeless(), part) {
			t.Errorf("it does not say %q, but:\n%s", part, r.text())
		}
	}
}
