// SPDX-License-Identifier: Apache-2.0

package chrome

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/timeline"
)

// event is one event of a file as a reader sees it.
type event struct {
	Ph   string
	Name string
	Cat  string
	Pid  int
	Tid  int
	Ts   json.Number
	Dur  json.Number
	ID   string
	Bp   string
	Args map[string]any
}

func decode(t testing.TB, file []byte) []event {
	t.Helper()
	var f struct {
		DisplayTimeUnit string
		TraceEvents     []event
	}
	if err := json.Unmarshal(file, &f); err != nil {
		t.Fatalf("%v in\n%s", err, file)
	}
	if f.DisplayTimeUnit != "ns" {
		t.Errorf("displayTimeUnit is %q", f.DisplayTimeUnit)
	}
	return f.TraceEvents
}

func drawSomething(w *Writer) {
	w.Process(timeline.Process{PID: 7, Name: "demo", Command: "demo \"x\"", Start: 1000})
	w.Lane(timeline.Lane{ID: 1, PID: 7, Name: "loop", Order: 0})
	w.Lane(timeline.Lane{ID: 2, PID: 7, Name: "say \"hi\\\"\x1b[0m\n\u0085", Loop: 1, Order: 1})
	w.Slice(timeline.Slice{Lane: 1, Start: 1005, End: 1005, Name: "create", Category: "cause", Partner: 2})
	w.Arrow(timeline.Arrow{From: timeline.Point{Lane: 1, Time: 1005}, To: timeline.Point{Lane: 2, Time: 2345678}, Label: "created"})
	w.Slice(timeline.Slice{Lane: 2, Start: 2345678, End: 2345679, Name: "step", Category: "step", Args: []timeline.Arg{
		{Key: "task", Number: -3}, {Key: "file", Text: "a\xffb", IsText: true},
	}})
	w.Source(7, "/src/a.py", "def f(s=\"\"):\r\n\treturn \\\r\n\ts\x00\n\n# </script>\n")
	w.Counter(timeline.Counter{PID: 7, Time: 900, Name: "queue", Value: -1})
}

const something = `{"displayTimeUnit":"ns","traceEvents":[
{"ph":"M","name":"process_name","pid":7,"tid":0,"args":{"name":"demo","command":"demo \"x\""}},
{"ph":"M","name":"thread_name","pid":7,"tid":1,"args":{"name":"loop"}},
{"ph":"M","name":"thread_sort_index","pid":7,"tid":1,"args":{"sort_index":0}},
{"ph":"M","name":"thread_name","pid":7,"tid":2,"args":{"name":"say \"hi\\\"[0m","loop":1}},
{"ph":"M","name":"thread_sort_index","pid":7,"tid":2,"args":{"sort_index":1}},
{"ph":"X","cat":"cause","name":"create","pid":7,"tid":1,"ts":0.005,"dur":0.000,"cname":"black","args":{"lane":2}},
{"ph":"s","cat":"arrow","name":"created","pid":7,"tid":1,"ts":0.005,"id":"0x1"},
{"ph":"f","cat":"arrow","name":"created","pid":7,"tid":2,"ts":2344.678,"id":"0x1","bp":"e"},
{"ph":"X","cat":"step","name":"step","pid":7,"tid":2,"ts":2344.678,"dur":0.001,"cname":"rail_response","args":{"task":-3,"file":"a�b"}},
{"ph":"M","name":"process_sort_index","pid":7,"tid":0,"args":{"sort_index":0,"source":"/src/a.py","lines":["def f(s=\"\"):","    return \u005c","    s","","# </script>"]}},
{"ph":"C","cat":"counter","name":"queue","pid":7,"tid":0,"ts":0.000,"args":{"value":-1}}
]}
`

func TestWriter(t *testing.T) {
	var buf bytes.Buffer
	w := NewWriter(&buf)
	drawSomething(w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if buf.String() != something {
		t.Errorf("got\n%s\nwant\n%s", buf.String(), something)
	}
	decode(t, buf.Bytes())
}

// Perfetto takes a string that ends in \\" to go on, and drops what follows without a word.
func TestNoStringEndsInBackslash(t *testing.T) {
	for text, want := range map[string]string{
		`\`:           `"\u005c"`,
		`a \\`:        `"a \\\u005c"`,
		`\"`:          `"\\\""`,
		`a\b`:         `"a\\b"`,
		"a\\\x00\x7f": `"a\u005c"`, // what is dropped does not stand after it
		"":            `""`,
	} {
		got := string(appendString(nil, text))
		if got != want {
			t.Errorf("%q is written as %s, want %s", text, got, want)
		}
		var read string
		if err := json.Unmarshal([]byte(got), &read); err != nil || read != strings.Trim(text, "\x00\x7f") {
			t.Errorf("%s is read as %q, %v", got, read, err)
		}
	}
	// No string of a file is written in another way.
	const end = `\`
	var buf bytes.Buffer
	w := NewWriter(&buf)
	w.Process(timeline.Process{PID: 7, Name: end, Command: end})
	w.Lane(timeline.Lane{ID: 1, PID: 7, Name: end})
	w.Slice(timeline.Slice{Lane: 1, Name: end, Category: end, Args: []timeline.Arg{{Key: end, Text: end, IsText: true}}})
	w.Arrow(timeline.Arrow{From: timeline.Point{Lane: 1}, To: timeline.Point{Lane: 1, Time: 1}, Label: end})
	w.Counter(timeline.Counter{PID: 7, Name: end})
	w.Source(7, end, "x "+end+"\n"+end)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	decode(t, buf.Bytes())
	if bytes.Contains(buf.Bytes(), []byte(`\\"`)) {
		t.Errorf("a backslash stands before a quote in\n%s", buf.Bytes())
	}
}

func TestEmptyFile(t *testing.T) {
	var buf bytes.Buffer
	if err := NewWriter(&buf).Close(); err != nil {
		t.Fatal(err)
	}
	if n := len(decode(t, buf.Bytes())); n != 0 {
		t.Errorf("%d events", n)
	}
}

// A file is readable after each flush, also one that a full buffer caused.
func TestFileIsAlwaysReadable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trace.json")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	content := func() []byte {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	w := NewFileWriter(f)
	w.Flush()
	decode(t, content())
	drawSomething(w)
	w.Flush()
	decode(t, content())
	size := len(content())
	for len(content()) == size {
		w.Slice(timeline.Slice{Lane: 1, Start: 5000, End: 6000, Name: strings.Repeat("x", 1000)})
	}
	decode(t, content())
	w.Slice(timeline.Slice{Lane: 1, Start: 7000, End: 8000, Name: "last"})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	events := decode(t, content())
	if last := events[len(events)-1]; last.Name != "last" {
		t.Errorf("last event is %+v", last)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk is full") }

func TestFirstErrorIsKept(t *testing.T) {
	w := NewWriter(full{})
	drawSomething(w)
	if err := w.Flush(); err == nil {
		t.Error("Flush: no error")
	}
	if err := w.Close(); err == nil || err.Error() != "disk is full" {
		t.Errorf("Close: %v", err)
	}
}

// cramped is a file on a disk that has room for so many bytes.
type cramped struct {
	*os.File
	room int64
}

func (f cramped) Write(b []byte) (int, error) {
	at, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, err
	}
	fits := min(int64(len(b)), f.room-at)
	n, err := f.File.Write(b[:fits])
	if err == nil && n < len(b) {
		err = errors.New("disk is full")
	}
	return n, err
}

// What was written before a disk was full can be read, wherever in an event that is.
func TestFileOnFullDiskIsReadable(t *testing.T) {
	for room := int64(2000); room < 2400; room++ {
		f, err := os.Create(filepath.Join(t.TempDir(), "t.json"))
		if err != nil {
			t.Fatal(err)
		}
		w := NewFileWriter(cramped{f, room})
		for err == nil {
			drawSomething(w)
			err = w.Flush()
		}
		if err := w.Close(); err == nil || err.Error() != "disk is full" {
			t.Errorf("Close: %v", err)
		}
		content, err := os.ReadFile(f.Name())
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		if events := decode(t, content); len(events) < 5 {
			t.Fatalf("with room for %d bytes there are %d events", room, len(events))
		}
	}
}

func TestProcessZeroIsWrittenAsOne(t *testing.T) {
	var buf bytes.Buffer
	w := NewWriter(&buf)
	w.Process(timeline.Process{Name: "x"})
	w.Process(timeline.Process{Name: "y", PID: 1<<40 + 5})
	w.Close()
	events := decode(t, buf.Bytes())
	if events[0].Pid != 1 || events[1].Pid != 5 {
		t.Errorf("pids are %d and %d, want 1 and 5", events[0].Pid, events[1].Pid)
	}
}

func TestExportPath(t *testing.T) {
	dir := t.TempDir()
	for i, text := range []string{
		"producer pid=5 id=1 start=2000 wall=0 language=\"go\" process=\"b\"\n+500 TurnBegin turn=1\n+500 TurnEnd turn=1\n",
		"producer pid=4 id=1 start=1000 wall=0 language=\"python\" process=\"a\"\n+500 TurnBegin turn=1\n+500 TurnEnd turn=1\n",
	} {
		var stream bytes.Buffer
		if err := trace.ParseText(&stream, strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i, trace.Extension)), stream.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var buf bytes.Buffer
	if err := ExportPath(&buf, dir); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range decode(t, buf.Bytes()) {
		if e.Ph == "X" {
			got = append(got, fmt.Sprint(e.Pid, "@", e.Ts))
		}
	}
	if want := "4@0.500 5@1.500"; strings.Join(got, " ") != want {
		t.Errorf("slices are %v, want %s", got, want)
	}
	if err := ExportPath(&buf, filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}
