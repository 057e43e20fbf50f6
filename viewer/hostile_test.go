// SPDX-License-Identifier: Apache-2.0

package viewer_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/viewer"
)

// The page says in a sentence why it shows nothing.
func TestErrorSentences(t *testing.T) {
	missing := viewer.File(filepath.Join(t.TempDir(), "missing.json"))
	tests := []struct {
		name string
		open viewer.Opener
		want string
	}{
		{"missing file", missing, "The trace could not be opened: open "},
		{"no bytes", text(""), "The trace is empty: nothing has been written to it yet."},
		{"white space", text(" \n\t"), "The trace is empty: nothing has been written to it yet."},
		{"empty array", text("[]"), "The trace is empty: it holds no events yet."},
		{"begun array", text("["), "The trace is empty: it holds no events yet."},
		{"empty element", text("[{}]"), "The trace is empty: it holds no events yet."},
		{"only names", text(`[{"ph":"M","name":"process_name","pid":1,"args":{"name":"x"}}]`), "There is nothing to draw in this trace"},
		{"not JSON", text("hello"), "This is not a trace: it should be JSON"},
		{"HTML", text("<img src=x onerror=alert(1)>"), "This is not a trace: it should be JSON"},
		{"no events", text(`{"displayTimeUnit":"ns"}`), "This is not a trace: it has no “traceEvents” array."},
		{"events elsewhere", text(`{"a":{"traceEvents":[1]},"b":"traceEvents"}`), "This is not a trace: it has no “traceEvents” array."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := openTab(t, test.open, "")
			if got := p.text("#message"); !strings.HasPrefix(got, test.want) {
				t.Errorf("the page says %q, want %q", got, test.want)
			}
			if got := p.state(); got.Loaded || !strings.HasPrefix(got.Error, test.want) {
				t.Errorf("state is %+v", got)
			}
			p.keys("wasd0fnNp[],.")
		})
	}
}

// Wherever the file stops, the page shows what is whole.
func TestCutOff(t *testing.T) {
	whole, err := os.ReadFile("testdata/sample.json")
	if err != nil {
		t.Fatal(err)
	}
	p := openTab(t, sample, "")
	for _, form := range []string{string(whole), string(whole[strings.IndexByte(string(whole), '['):])} {
		var wrong []string
		p.eval(fmt.Sprintf(`
			const { parse } = await import('./load.js');
			const whole = %q;
			window.wrong = [];
			let last = 0;
			for (let n = whole.indexOf('"X"') + 400; n <= whole.length; n += 7) {
				try {
					const { trace, cut } = parse(whole.slice(0, n));
					if (trace.length < last) wrong.push(n + ': ' + trace.length + ' slices after ' + last);
					if (trace.skipped.size > 0) wrong.push(n + ': skipped ' + [...trace.skipped]);
					last = trace.length;
				} catch (error) { wrong.push(n + ': ' + error); }
			}
			if (last < 83) wrong.push('at last only ' + last);
			if (!parse(whole.slice(0, -10)).cut) wrong.push('not seen to be cut');`, form), nil)
		if p.eval(`wrong.slice(0, 5)`, &wrong); len(wrong) > 0 {
			t.Errorf("%s", strings.Join(wrong, "\n"))
		}
	}
	q := openTab(t, text(string(whole[:len(whole)-300])), "")
	if got := q.text("#notice"); !strings.Contains(got, "ends in the middle") {
		t.Errorf("the notice says %q", got)
	}
	q.checkQuiet()
}

func TestReloadShowsGrowth(t *testing.T) {
	name := filepath.Join(t.TempDir(), "trace.json")
	write := func(slices int) {
		var b strings.Builder
		b.WriteString("[\n")
		for i := range slices {
			fmt.Fprintf(&b, `{"ph":"X","name":"slice %d","ts":%d,"dur":5,"pid":1,"tid":1},`+"\n", i, i*10)
		}
		if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(3)
	p := openTab(t, viewer.File(name), "")
	p.eval(`curtain.select("slice 1")`, nil)
	write(50)
	p.eval(`await curtain.reload()`, nil)
	if got := p.state(); got.Slices != 50 {
		t.Errorf("%d slices, want 50", got.Slices)
	}
	if got := p.selected(); got == nil || got.Name != "slice 1" {
		t.Errorf("the selection is %+v, want slice 1", got)
	}
	if got := p.shown(); got.End < 495e3 {
		t.Errorf("all was shown before, now only %v", got)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if got := evalAs[state](p, `await curtain.reload()`); got.Loaded || !strings.Contains(got.Error, "could not be opened") {
		t.Errorf("without the file the state is %+v", got)
	}
	write(5)
	if got := evalAs[state](p, `await curtain.reload()`); !got.Loaded || got.Slices != 5 {
		t.Errorf("with the file again the state is %+v", got)
	}
}

const markup = `<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>`

// Everything in here is wrong in some way; the five slices that can be drawn are called good.
var hostile = strings.ReplaceAll(`{"otherData":{"traceEvents":[{"ph":"X"}],"deep":[[["]}"]]]},"note":"\"traceEvents\":[","traceEvents":[
null, 1, "text", true, [1,[2]], {}, {"ph":null}, {"ph":"X"}, {"ph":"?","ts":1},
{"ph":"M","name":"process_name","pid":1,"args":{"name":"MARKUP"}},
{"ph":"M","name":"thread_name","pid":1,"tid":1,"args":{"name":"MARKUP"}},
{"ph":"M","name":"thread_name","pid":1,"tid":1},{"ph":"M"},{"ph":"M","name":"process_sort_index","args":{"sort_index":"x"}},
{"ph":"M","name":"thread_name","pid":1,"tid":1,"args":{"name":"MARKUP"}},
{"ph":"X","name":"good MARKUP","cat":"MARKUP","ts":1,"dur":10,"pid":1,"tid":1,"args":{"MARKUP":"MARKUP","__proto__":1,"n":null}},
{"ph":"X","name":"good negative","ts":"2","dur":-5,"pid":1,"tid":1,"args":"text"},
{"ph":"X","name":"good NaN","ts":3,"dur":NaN,"pid":1,"tid":1,"args":[1,2,-Infinity]},
{"ph":"X","name":"lost","ts":NaN,"dur":1,"pid":1,"tid":1},
{"ph":"X","name":"lost","ts":1e308,"dur":1,"pid":1,"tid":1},
{"ph":"X","name":"lost","ts":1,"dur":1e999,"pid":1,"tid":1},
{"ph":"X","name":{"an":"object"},"cat":7,"ts":4,"dur":1,"pid":9007199254740993,"tid":9007199254740992,"args":{}},
{"ph":"X","name":"good id","ts":4,"dur":1,"pid":{"no":"id"},"tid":"named"},
{"ph":"X","name":"lost" "ts":4},
{"ph":"B","name":"good begin","ts":5,"pid":1,"tid":1},{"ph":"E","ts":0,"pid":1,"tid":1},{"ph":"E","ts":0,"pid":3,"tid":1},
{"ph":"C","name":"c","ts":1,"pid":1,"args":{"a":"x","b":NaN,"c":3}},{"ph":"C","ts":1},
{"ph":"f","id":1,"ts":1,"pid":1,"tid":1},{"ph":"s","id":2,"ts":1},{"ph":"t","ts":99,"pid":5},
{"ph":"X","name":"control	character","ts":6,"dur":1,"pid":1,"tid":1}
],"traceEvents":7}`, "MARKUP", markup)

func TestHostileTrace(t *testing.T) {
	p := openTab(t, text(hostile), "")
	got := p.state()
	if !got.Loaded || got.Slices != 7 || got.Counters != 1 {
		t.Fatalf("state is %+v, want 7 slices and 1 counter", got)
	}
	p.keys(".")
	for range 6 {
		p.keys(".f0p[]")
	}
	p.eval(`curtain.select("good `+markup+`"); await curtain.frame()`, nil)
	if got := p.text("#details .name"); !strings.HasPrefix(got, "good <img") {
		t.Errorf("the name is shown as %q", got)
	}
	if n := evalAs[int](p, `document.querySelectorAll("img, script").length`); n != 2 {
		t.Errorf("%d images and scripts in the page, want its own 2", n)
	}
	if title := evalAs[string](p, `document.title`); title != "test.json · curtain" {
		t.Errorf("the title of the page has become %q", title)
	}
	p.checkQuiet()
}

// Bounds of depth: of slices, of arguments, and of what is not a trace at all.
func TestDeepTraces(t *testing.T) {
	var b strings.Builder
	b.WriteString("[")
	for i := range 2000 {
		fmt.Fprintf(&b, `{"ph":"X","name":"deep","ts":%d,"dur":%d,"pid":1,"tid":1},`, i, 5000-2*i)
	}
	deep := strings.Repeat("[", 50000) + strings.Repeat("]", 50000)
	fmt.Fprintf(&b, `{"ph":"X","name":"args","ts":1,"dur":1,"pid":2,"tid":1,"args":{"a":%s}},`, deep)
	fmt.Fprintf(&b, `{"ph":"X","name":%s,"ts":1,"dur":1,"pid":2,"tid":2}`, deep)
	p := openTab(t, text(b.String()), "")
	if got := p.state(); got.Slices != 514 || got.Skipped["nested deeper than 512"] != 1488 {
		t.Errorf("state is %+v, want 512 + 2 slices and 1488 skipped", got)
	}
	p.eval(`curtain.select("args"); await curtain.frame()`, nil)
	// Whether so deep a value can be written again depends on the browser.
	if got := p.text("#details .arg"); !strings.HasPrefix(got, "[[[[") && got != "(nested too deeply)" {
		t.Errorf("the argument is shown as %.100q", got)
	}
	p.checkQuiet()
}

// million writes a trace of a million slices on four tracks, with arrows.
func million() (io.ReadCloser, error) {
	r, w := io.Pipe()
	go func() {
		b := bufio.NewWriterSize(w, 1<<16)
		b.WriteString("[\n")
		for i := range 500_000 {
			ts, tid := i*10, i%4
			fmt.Fprintf(b, `{"ph":"X","name":"step","cat":"step","ts":%d,"dur":9.5,"pid":1,"tid":%d},`+"\n", ts, tid)
			fmt.Fprintf(b, `{"ph":"X","name":"call_soon","cat":"schedule","ts":%d.125,"dur":0,"pid":1,"tid":%d},`+"\n", ts+1, tid)
			if i%5 == 0 {
				fmt.Fprintf(b, `{"ph":"s","name":"a","id":%d,"ts":%d.125,"pid":1,"tid":%d},`+"\n", i, ts+1, tid)
				fmt.Fprintf(b, `{"ph":"f","bp":"e","name":"a","id":%d,"ts":%d,"pid":1,"tid":%d},`+"\n", i, ts+10, (tid+1)%4)
			}
		}
		// The reader may have gone; then there is nobody to tell.
		_ = w.CloseWithError(b.Flush())
	}()
	return r, nil
}

func TestMillionSlices(t *testing.T) {
	if testing.Short() {
		t.Skip("a million slices take several seconds")
	}
	p := openTab(t, million, "")
	got := p.state()
	if !got.Loaded || got.Slices != 1_000_000 || got.Tracks != 4 || got.Arrows != 100_000 || got.UnboundArrows != 0 {
		t.Fatalf("state is %+v, want 1000000 slices on 4 tracks and 100000 arrows, all bound", got)
	}
	const painted = `(() => {
		const c = document.querySelector("#chart");
		const data = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
		let n = 0;
		for (let i = 3; i < data.length; i += 4) if (data[i] > 0) n++;
		return n;
	})()`
	if n := evalAs[int](p, painted); n < 10000 {
		t.Errorf("all: %d pixels are painted", n)
	}
	p.eval(`curtain.show(2.5e9, 2.5e9 + 200e3); await curtain.frame()`, nil)
	if n := evalAs[int](p, painted); n < 10000 {
		t.Errorf("zoomed in: %d pixels are painted", n)
	}
	p.eval(`curtain.select("step"); await curtain.frame()`, nil)
	p.keys("]")
	if s := p.selected(); s == nil || s.Name != "step" || s.Start != 10e3 {
		t.Errorf("] selects %+v, want the step at 10 µs", s)
	}
	p.checkQuiet()
}
