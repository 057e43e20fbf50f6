// SPDX-License-Identifier: Apache-2.0

package timeline

import (
	"testing"

	"github.com/gocurtain/asyncio/internal/story"
)

// What has not ended lasts until the latest record of any thread of its process, but not of another
// one's.
func TestUnfinishedLasts(t *testing.T) {
	const blocked = `producer pid=7 id=1 start=1000 wall=0 language="python" process="demo"
+0 LoopBegin loop=1
+0 TaskCreated task=1
+0 TaskCreated task=2
+10 TurnBegin turn=1
+5 StepBegin task=2
+1 TaskWaits wait=sleep task=2 on=5
+1 StepEnd task=2
+5 StepBegin task=1
+5 SpanBegin name_string="lock"
`
	const stuck = `producer pid=7 id=2 start=1005 wall=0 language="python" process="demo"
+1 SpanBegin name_string="job"
+0 JobBegin job=9 function_string="job"
`
	const alive = `producer pid=7 id=3 start=1005 wall=0 language="python" process="demo"
+5000 ThreadName thread=5 name_string="heartbeat"
`
	const other = `producer pid=8 id=1 start=1005 wall=0 language="python" process="other"
+9000 Mark name_string="later"
`
	c := newCanvas()
	if err := NewPicture(c).Draw(story.Source(t, blocked), story.Source(t, stuck), story.Source(t, alive), story.Source(t, other)); err != nil {
		t.Fatal(err)
	}
	c.check(t)
	want := map[string]bool{"turn": true, "step": true, "lock": true, "sleep": true, "job": true}
	unfinished := map[string]bool{}
	for _, s := range c.slices {
		for _, a := range s.Args {
			if a.Key == "unfinished" {
				unfinished[s.Name] = true
				if s.End < 6005 || s.End > 6010 { // the ends of a lane differ
					t.Errorf("%q ends at %d, want about 6005", s.Name, s.End)
				}
			}
		}
	}
	if len(unfinished) != len(want) {
		t.Errorf("unfinished are %v, want %v", unfinished, want)
	}
	for name := range want {
		if !unfinished[name] {
			t.Errorf("%q is not unfinished", name)
		}
	}
}
