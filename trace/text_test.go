// SPDX-License-Identifier: Apache-2.0

package trace

import (
	"bytes"
	"strings"
	"testing"
)

func toText(t testing.TB, stream []byte) string {
	t.Helper()
	s, err := NewSource(bytes.NewReader(stream))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := WriteText(&text, s); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func fromText(t testing.TB, text string) []byte {
	t.Helper()
	var stream bytes.Buffer
	if err := ParseText(&stream, strings.NewReader(text)); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return stream.Bytes()
}

const everyShape = `producer pid=7 id=1 start=1000 wall=5 language="go" process="a \"demo\""
+0 LoopBegin loop=1 name_string="main"
+234 TaskCreated task=3 parent_task=1 site="/a b/main.go":12:"main.main"
+0 TaskName task=3 name_string="fetch = \"x\""
-4 StepBegin task=3
+18446744073 TaskWaits wait=sleep task=3 on=1000000000 site=?
+1 StepEnd task=3 flags=done
+1 TaskDone task=3 outcome=panic
+1 PollBegin timeout_ns=forever
+1 Ready fd=5 handle=9 ready=read|write
+1 HandleScheduled origin=timer handle=9 at_ns=77
+1 HandleScheduled origin=99 handle=9 b=1
+1 Counter name_string=? value_int=-3
+1 SpanEnd aux=1 a=2 b=3 flags=255
+1 Kind200 aux=65535 a=18446744073709551615 site="":0:""
+1 Kind0
`

func TestTextRoundTrip(t *testing.T) {
	text := strings.Replace(everyShape, "handle=9 b=1", "handle=9 at_ns=1", 1)
	if got := toText(t, fromText(t, text)); got != text {
		t.Errorf("got\n%s\nwant\n%s", got, text)
	}
}

func TestTextWithoutProducer(t *testing.T) {
	got := toText(t, fromText(t, "# a comment\n\n  +5 SpanEnd  \n"))
	want := "producer pid=0 id=0 start=0 wall=0 language=\"\" process=\"\"\n+5 SpanEnd\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestParseTextErrors(t *testing.T) {
	for text, want := range map[string]string{
		"+1 Nonsense":                        `line 1: "Nonsense" is no kind`,
		"\n1x SpanEnd":                       `line 2: "1x" is no time`,
		"+1 StepBegin job=3":                 "StepBegin has no such field",
		"+1 StepBegin task":                  "is no name=value",
		"+1 StepBegin task=x":                "invalid syntax",
		"+1 TaskWaits wait=long":             "it is one of yield, sleep",
		"+1 Mark name_string=x":              "invalid syntax",
		"+1 Line site=\"f\":x:\"g\"":         "invalid syntax",
		"+1 Line site=\"f\":1:\"g\"h":        "it is",
		"+1 SpanEnd\nproducer pid=1":         "too late",
		"producer age=1":                     "no field",
		"+1 HandleScheduled handle=9 b=1":    "no such field",
		"+1 Line site=f":                     "invalid syntax",
		"producer pid=1 id=1 language=go \n": "invalid syntax",
	} {
		err := ParseText(new(bytes.Buffer), strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error is %v, want %q", text, err, want)
		}
	}
}

func TestSpecsAreComplete(t *testing.T) {
	named := map[string]Kind{}
	for k := range specs {
		kind := Kind(k)
		if other, twice := named[kind.String()]; twice {
			t.Errorf("kinds %d and %d are both called %s", other, kind, kind)
		}
		named[kind.String()] = kind
		if back, ok := kindNamed(kind.String()); !ok || back != kind {
			t.Errorf("kind %d is not found by its name %s", kind, kind)
		}
	}
	if OriginDone.String() != "done" || WaitMany.String() != "many" || WakeCancel.String() != "cancel" || OutcomePanic.String() != "panic" {
		t.Error("an enumeration lacks a name")
	}
}

// Text is a fixed point: whatever a file holds, its text reads back as itself. The header is not
// fuzzed here, which keeps the inputs small.
func FuzzText(f *testing.F) {
	h := header{flags: flagStream}
	f.Add(fromText(f, strings.Replace(everyShape, "handle=9 b=1", "handle=9", 1))[HeaderSize:])
	f.Add(written(f, 3)[HeaderSize:])
	f.Fuzz(func(t *testing.T, blocks []byte) {
		s, err := NewSource(bytes.NewReader(append(h.encode(), blocks...)))
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		if err := WriteText(&text, s); err != nil {
			return
		}
		if got := toText(t, fromText(t, text.String())); got != text.String() {
			t.Errorf("got\n%s\nwant\n%s", got, text.String())
		}
	})
}

// Whatever the text, parsing ends without a panic, and what it accepts has a text that is a fixed
// point.
func FuzzParseText(f *testing.F) {
	f.Add(everyShape)
	f.Fuzz(func(t *testing.T, text string) {
		var stream bytes.Buffer
		if ParseText(&stream, strings.NewReader(text)) != nil {
			return
		}
		first := toText(t, stream.Bytes())
		if second := toText(t, fromText(t, first)); second != first {
			t.Errorf("got\n%s\nwant\n%s", second, first)
		}
	})
}
