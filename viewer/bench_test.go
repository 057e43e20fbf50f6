// SPDX-License-Identifier: Apache-2.0

package viewer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/viewer"
)

// turns is a trace as export/chrome writes them: n turns of a loop with eight events each. Each
// turn has a step on the loop's lane and on the task's, and a wait with an arrow to its end.
func turns(n int) string {
	var b strings.Builder
	b.WriteString(`{"traceEvents":[` + "\n")
	for tid, name := range []string{"loop 1 in MainThread", "Task-1 main", "Task-2 fetch"} {
		loop := ""
		if tid > 0 {
			loop = `,"loop":1`
		}
		fmt.Fprintf(&b, `{"ph":"M","name":"thread_name","pid":7,"tid":%d,"args":{"name":%q%s}},`+"\n", tid+1, name, loop)
	}
	for i := range n {
		at, task := i*100, i%2+1
		fmt.Fprintf(&b, `{"ph":"X","cat":"turn","name":"turn","pid":7,"tid":1,"ts":%d.000,"dur":60.250,"args":{"what":%d,"ready":1}},`+"\n", at, i)
		fmt.Fprintf(&b, `{"ph":"X","cat":"poll","name":"poll","pid":7,"tid":1,"ts":%d.125,"dur":9.500,"args":{"timeout":"99ms","ready":1}},`+"\n", at)
		fmt.Fprintf(&b, `{"ph":"X","cat":"step","name":"step","pid":7,"tid":1,"ts":%d.500,"dur":40.125,"args":{"what":"Task-%d","task":%d}},`+"\n", at+10, task, task)
		fmt.Fprintf(&b, `{"ph":"X","cat":"step","name":"step","pid":7,"tid":%d,"ts":%d.500,"dur":40.125,"args":{"task":%d,"because":"sleep ended","queued":"12µs","file":"/src/server.py","line":12,"function":"fetch"}},`+"\n", task+1, at+10, task)
		fmt.Fprintf(&b, `{"ph":"X","cat":"cause","name":"timer","pid":7,"tid":%d,"ts":%d.000,"dur":0.000,"args":{"what":"%dms","file":"/src/server.py","line":14}},`+"\n", task+1, at+30, i%7)
		fmt.Fprintf(&b, `{"ph":"s","cat":"arrow","name":"timer","pid":7,"tid":%d,"ts":%d.000,"id":"0x%x"},`+"\n", task+1, at+30, i)
		fmt.Fprintf(&b, `{"ph":"f","cat":"arrow","name":"timer","pid":7,"tid":%d,"ts":%d.500,"id":"0x%x","bp":"e"},`+"\n", task+1, at+210, i)
		fmt.Fprintf(&b, `{"ph":"X","cat":"wait","name":"sleep","pid":7,"tid":%d,"ts":%d.750,"dur":140.000,"args":{"what":"%dms","task":%d}},`+"\n", task+1, at+50, i%7, task)
	}
	b.WriteString(`{}]}`)
	return b.String()
}

// BenchmarkOpen reads and draws a million events. In ms/show it tells what it takes to show another
// part of them.
func BenchmarkOpen(b *testing.B) {
	name := filepath.Join(b.TempDir(), "million.json")
	if err := os.WriteFile(name, []byte(turns(125_000)), 0o600); err != nil {
		b.Fatal(err)
	}
	p := openTab(b, viewer.File(name), "")
	for b.Loop() {
		p.eval(`await curtain.reload()`, nil)
	}
	if got := p.state(); !got.Loaded || got.Slices != 750_000 {
		b.Fatalf("state is %+v, want 750,000 slices", got)
	}
	b.ReportMetric(evalAs[float64](p, `await (async () => {
		const begin = performance.now();
		for (let i = 0; i < 30; i++) { curtain.show(i * 1e6, 6e9); await curtain.frame(); }
		return (performance.now() - begin) / 30;
	})()`), "ms/show")
}
