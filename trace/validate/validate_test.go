// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/internal/story"
	"github.com/gocurtain/asyncio/trace"
)

func lines(problems []Problem) string {
	var b strings.Builder
	for _, p := range problems {
		b.WriteString(p.String() + "\n")
	}
	return b.String()
}

// Each file in testdata is about one rule: a recording in the text form, or a timeline in JSON, and
// the problems it has.
func TestStories(t *testing.T) {
	for _, s := range story.All(t, "testdata") {
		t.Run(s.Name, func(t *testing.T) {
			var problems []Problem
			var err error
			if strings.HasPrefix(s.Name, "chrome_") {
				problems, err = Chrome([]byte(s.Intro()))
			} else {
				problems, err = Records(story.Source(t, s.Intro()))
			}
			if err != nil {
				t.Fatal(err)
			}
			s.Check(t, "problems", lines(problems))
		})
	}
}

// The stories that the model is tested with are good recordings, apart from those that are strange
// on purpose.
func TestTimelineStoriesAreGood(t *testing.T) {
	strange := map[string]string{
		"program": "strays",
		"killed":  "the text form has no way to say that a recording was cut off",
	}
	for _, s := range story.All(t, "../timeline/testdata") {
		if strange[s.Name] != "" {
			continue
		}
		problems, err := Records(story.Source(t, s.Part("trace")))
		if err != nil || len(problems) > 0 {
			t.Errorf("%s: %v\n%s", s.Name, err, lines(problems))
		}
	}
}

func TestProblemsAreBounded(t *testing.T) {
	problems, err := Records(story.Source(t, strings.Repeat("+1 SpanEnd\n", 10_000)))
	if err != nil || len(problems) != maxProblems {
		t.Errorf("%d problems, %v", len(problems), err)
	}
}

func TestChromeRefusesBrokenJSON(t *testing.T) {
	for _, file := range []string{"", "[", `{"traceEvents":3}`, `[3]`} {
		if _, err := Chrome([]byte(file)); err == nil {
			t.Errorf("%q was accepted", file)
		}
	}
}

func FuzzChrome(f *testing.F) {
	f.Add([]byte(`[{"ph":"X","name":"a","pid":1,"tid":1,"ts":1,"dur":2},{"ph":"s","id":"0x1","pid":1,"tid":1,"ts":1}]`))
	f.Add([]byte(`{"traceEvents":[{"ph":"f","id":"0x1","pid":1,"tid":1,"ts":1e300,"bp":"e"}]}`))
	f.Fuzz(func(t *testing.T, file []byte) { Chrome(file) })
}

// Whatever the records, the check ends without a panic.
func FuzzRecords(f *testing.F) {
	f.Add([]byte{byte(trace.KindTurnBegin), 1, 0, byte(trace.KindTurnEnd), 1, 0, byte(trace.KindLost), 1, 0, byte(trace.KindStepEnd), 1, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		var buf bytes.Buffer
		s, err := trace.NewStream(&buf, trace.Producer{})
		if err != nil {
			t.Fatal(err)
		}
		for ; len(b) >= 3; b = b[3:] {
			s.Append(trace.Record{Kind: trace.Kind(b[0] & 63), A: uint64(b[1] & 3), B: uint64(b[1] >> 4), Flags: b[2] & 7, Aux: uint16(b[2] >> 4)})
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		src, err := trace.NewSource(&buf)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Records(src); err != nil {
			t.Fatal(err)
		}
	})
}
