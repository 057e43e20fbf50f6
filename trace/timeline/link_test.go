// SPDX-License-Identifier: Apache-2.0

package timeline

import (
	"slices"
	"testing"

	"github.com/gocurtain/asyncio/internal/story"
)

const linkedLoop = `producer pid=7 id=1 start=1000 wall=0 language="python" process="demo"
+0 LoopBegin loop=1 name_string="main"
+10 TurnBegin turn=1
+100 HandleScheduled origin=outside handle=1099511627777 at_ns=1100 site="/app.py":3:"worker"
+10 TurnEnd turn=1
+1 TurnBegin turn=2 ready=1
+5 HandleBegin handle=1099511627777
+5 JobScheduled job=9 site="/app.py":8:"main"
+5 HandleEnd handle=1099511627777
+5 TurnEnd turn=2
+0 LoopEnd loop=1
`

const linkedWorker = `producer pid=7 id=2 start=1050 wall=0 language="python" process="demo"
+1 ThreadName thread=55 name_string="pool_0"
+149 SpanBegin name_string="job read"
+0 JobBegin job=9 function_string="read"
+30 JobEnd job=9
+0 SpanEnd
`

const linkedCaller = `producer pid=7 id=3 start=1050 wall=0 language="python" process="demo"
+1 ThreadName thread=56 name_string="caller"
+49 OutsideCall handle=1099511627777 site="/app.py":3:"worker"
`

// A thread-safe call and a job of a pool are arrows between two recordings, whichever of them is
// read first.
func TestLinks(t *testing.T) {
	for _, order := range [][]string{{linkedLoop, linkedWorker, linkedCaller}, {linkedCaller, linkedWorker, linkedLoop}} {
		c := newCanvas()
		p := NewPicture(c)
		for _, text := range order {
			if err := p.Draw(story.Source(t, text)); err != nil {
				t.Fatal(err)
			}
		}
		c.check(t)
		var arrows []string
		for _, a := range c.arrows {
			arrows = append(arrows, c.lanes[a.From.Lane].Name+" "+a.Label+" "+c.lanes[a.To.Lane].Name)
		}
		slices.Sort(arrows)
		if want := []string{"caller outside loop main", "loop main submit pool_0"}; !slices.Equal(arrows, want) {
			t.Errorf("arrows %q, want %q", arrows, want)
		}
	}
}

// A shared job is an arrow between processes, and so is its result.
func TestSharedJobs(t *testing.T) {
	const loop = `producer pid=7 id=1 start=1000 wall=0 language="python" process="demo"
+0 ThreadName thread=7 name_string="main"
+10 JobScheduled job=4503599627370497 site="/app.py":8:"main"
+90 SpanBegin name_string="result"
+0 JobBegin job=4503601774854145 function_string="result"
+5 JobEnd job=4503601774854145
+0 SpanEnd
`
	const worker = `producer pid=8 id=1 start=1000 wall=0 language="python" process="demo"
+0 ThreadName thread=8 name_string="worker"
+50 SpanBegin name_string="work"
+0 JobBegin job=4503599627370497 function_string="work"
+5 JobScheduled job=4503601774854145
+0 JobEnd job=4503599627370497
+0 SpanEnd
`
	for _, order := range [][]string{{loop, worker}, {worker, loop}} {
		c := newCanvas()
		p := NewPicture(c)
		for _, text := range order {
			if err := p.Draw(story.Source(t, text)); err != nil {
				t.Fatal(err)
			}
		}
		c.check(t)
		var arrows []string
		for _, a := range c.arrows {
			arrows = append(arrows, c.lanes[a.From.Lane].Name+" "+a.Label+" "+c.lanes[a.To.Lane].Name)
		}
		slices.Sort(arrows)
		if want := []string{"main submit worker", "worker submit main"}; !slices.Equal(arrows, want) {
			t.Errorf("arrows %q, want %q", arrows, want)
		}
	}
}
