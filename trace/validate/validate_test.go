// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/trace"
)

var update = flag.Bool("update", false, "rewrite the problems in testdata")

func source(t testing.TB, text string) *trace.Source {
	t.Helper()
	var stream bytes.Buffer
	if err := trace.ParseText(&stream, strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	src, err := trace.NewReader(&stream)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func lines(problems []Problem) string {
	var b strings.Builder
	for _, p := range problems {
		b.WriteString(p.String() + "\n")
	}
	return b.String()
}

const mark = "-- problems --\n"

// Each file in testdata is about one rule: a recording in the text form, or a
// timeline in JSON, and the problems it has.
func TestStories(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			story, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			input, want, _ := strings.Cut(string(story), mark)
			var problems []Problem
			if strings.HasPrefix(filepath.Base(path), "chrome_") {
				problems, err = Chrome([]byte(input))
			} else {
				problems, err = Records(source(t, input))
			}
			if err != nil {
				t.Fatal(err)
			}
			got := lines(problems)
			if *update {
				if err := os.WriteFile(path, []byte(input+mark+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// The stories that the model is tested with are good recordings, apart from
// those that are strange on purpose.
func TestModelStoriesAreGood(t *testing.T) {
	strange := map[string]string{
		"program.txt": "strays",
		"killed.txt":  "the text form has no way to say that a recording was cut off",
	}
	paths, err := filepath.Glob("../model/testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, path := range paths {
		if strange[filepath.Base(path)] != "" {
			continue
		}
		story, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, text, _ := strings.Cut(string(story), "-- trace --\n")
		text, _, _ = strings.Cut(text, "-- picture --\n")
		problems, err := Records(source(t, text))
		if err != nil || len(problems) > 0 {
			t.Errorf("%s: %v\n%s", path, err, lines(problems))
		}
	}
}

func TestProblemsAreBounded(t *testing.T) {
	problems, err := Records(source(t, strings.Repeat("+1 SpanEnd\n", 10_000)))
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
		src, err := trace.NewReader(&buf)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Records(src); err != nil {
			t.Fatal(err)
		}
	})
}
