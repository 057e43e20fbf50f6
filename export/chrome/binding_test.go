// SPDX-License-Identifier: Apache-2.0

package chrome

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/internal/story"
	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/validate"
)

// The rules by which the two viewers bind an arrow's end to a slice are re-implemented here, and
// each arrow of each story must be bound by both to the slice that starts where the arrow's end is,
// or to the wait that ends there.

// placed is a slice of a decoded file, in ns.
type placed struct {
	name, cat  string
	tid        int
	start, end int64
}

func ns(t testing.TB, e event) (start, dur int64) {
	t.Helper()
	ts, err := e.Ts.Float64()
	if err != nil {
		t.Fatalf("%+v: %v", e, err)
	}
	d, _ := e.Dur.Float64()
	return int64(math.Round(ts * 1000)), int64(math.Round(d * 1000))
}

// catapult binds to the deepest slice whose closed interval holds the time.
func catapult(lane []placed, time int64) (best placed, ok bool) {
	for _, s := range lane {
		if s.start <= time && time <= s.end && (!ok || s.start >= best.start && s.end <= best.end) {
			best, ok = s, true
		}
	}
	return best, ok
}

// perfetto sorts by time, at equal times slices first and the longest of them first, and binds to
// the slice that was last put on the lane's stack. A slice is taken off only by another that begins
// at or after its end.
func perfetto(lane []placed, time int64) (placed, bool) {
	sorted := slices.Clone(lane)
	slices.SortStableFunc(sorted, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end))
	})
	var stack []placed
	for _, s := range sorted {
		if s.start > time {
			break
		}
		for len(stack) > 0 && stack[len(stack)-1].end <= s.start {
			stack = stack[:len(stack)-1]
		}
		stack = append(stack, s)
	}
	if len(stack) == 0 {
		return placed{}, false
	}
	return stack[len(stack)-1], true
}

func checkArrows(t *testing.T, events []event) (arrows int) {
	t.Helper()
	lanes := map[int][]placed{}
	for _, e := range events {
		if e.Ph == "X" {
			start, dur := ns(t, e)
			lanes[e.Tid] = append(lanes[e.Tid], placed{e.Name, e.Cat, e.Tid, start, start + dur})
		}
	}
	began := map[string]int64{}
	for _, e := range events {
		if e.Ph != "s" && e.Ph != "f" {
			continue
		}
		at, _ := ns(t, e)
		for viewer, bind := range map[string]func([]placed, int64) (placed, bool){"catapult": catapult, "perfetto": perfetto} {
			s, ok := bind(lanes[e.Tid], at)
			endsWait := e.Ph == "f" && s.end-1 == at && (s.cat == "wait" || s.cat == "ready")
			if !ok || s.start != at && !endsWait || e.Ph == "s" && s.end != at {
				t.Errorf("%s binds %s %s at %d to %+v", viewer, e.Ph, e.ID, at, s)
			}
		}
		key := e.Cat + e.Name + e.ID
		if from, ok := began[key]; e.Ph == "s" {
			if ok {
				t.Errorf("id %s is used twice", e.ID)
			}
			began[key] = at
		} else if !ok || from >= at || e.Bp != "e" {
			t.Errorf("end %+v does not fit its start at %d", e, from)
		} else {
			arrows++
		}
	}
	if arrows != len(began) {
		t.Errorf("%d arrows start, %d end", len(began), arrows)
	}
	return arrows
}

// stories returns the recordings that the model is tested with, by name.
func stories(t testing.TB) map[string]*trace.Source {
	t.Helper()
	found := map[string]*trace.Source{}
	for i, s := range story.All(t, "../../trace/timeline/testdata") {
		text := s.Part("trace")
		if !strings.HasPrefix(text, "producer") {
			text = fmt.Sprintf("producer pid=%d id=1 start=0 wall=0 language=\"go\" process=\"p\"\n", 100+i) + text
		}
		found[s.Name] = story.Source(t, text)
	}
	return found
}

func TestBothViewersBindEachArrow(t *testing.T) {
	total := 0
	for name, src := range stories(t) {
		t.Run(name, func(t *testing.T) {
			var buf bytes.Buffer
			if err := Export(&buf, src); err != nil {
				t.Fatal(err)
			}
			total += checkArrows(t, decode(t, buf.Bytes()))
			problems, err := validate.Chrome(buf.Bytes())
			if err != nil || len(problems) > 0 {
				t.Errorf("problems are %v, %v", problems, err)
			}
		})
	}
	if total < 20 {
		t.Errorf("only %d arrows in all stories", total)
	}
}
