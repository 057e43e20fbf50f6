// SPDX-License-Identifier: Apache-2.0

package timeline

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/internal/story"
)

const parent = `producer pid=7 id=1 start=1000 wall=0 language="python" process="parent"
+1 ThreadName thread=55 name_string="MainThread"
+0 LoopBegin loop=1 name_string="main"
+99 TurnBegin turn=1
+100 ProcessStarted process=8 at_ns=1150 site="/app.py":3:"main"
+100 ProcessStarted process=8 at_ns=1250 site="/app.py":4:"main"
+100 ProcessStarted process=9
+700 TurnEnd turn=1
`

// recordingOf is a recording of one turn.
func recordingOf(pid, id, start int, thread string) string {
	return fmt.Sprintf("producer pid=%d id=%d start=%d wall=0 language=\"python\" process=\"child\"\n"+
		"+1 ThreadName thread=1 name_string=%q\n+0 TurnBegin turn=1\n+1 TurnEnd turn=1\n", pid, id, start, thread)
}

// A process that another one has started is at the end of an arrow, in whichever order the
// recordings are read, and whoever had its id before.
func TestProcessStarts(t *testing.T) {
	recordings := []string{
		parent,
		recordingOf(8, 1, 900, "had the id before"),
		recordingOf(8, 1, 1180, "first"), // before its starter told its id
		recordingOf(8, 1, 1260, "second"),
		recordingOf(8, 2, 1270, "thread of second"),
		recordingOf(9, 1, 1200, "had the other id before"),
	}
	want := []string{
		"1150 process started: loop main in MainThread -> first 1181",
		"1250 process started: loop main in MainThread -> second 1261",
	}
	for _, order := range [][]int{{0, 1, 2, 3, 4, 5}, {5, 4, 3, 2, 1, 0}, {2, 3, 4, 0, 1, 5}} {
		c := newCanvas()
		p := NewPicture(c)
		for _, i := range order {
			if err := p.Draw(story.Source(t, recordings[i])); err != nil {
				t.Fatal(err)
			}
		}
		c.check(t)
		var arrows []string
		for _, a := range c.arrows {
			arrows = append(arrows, fmt.Sprintf("%d %s: %s -> %s %d", a.From.Time, a.Label, c.lanes[a.From.Lane].Name, c.lanes[a.To.Lane].Name, a.To.Time))
		}
		slices.Sort(arrows)
		if !slices.Equal(arrows, want) {
			t.Errorf("order %v: arrows\n%s\nwant\n%s", order, strings.Join(arrows, "\n"), strings.Join(want, "\n"))
		}
	}
}
