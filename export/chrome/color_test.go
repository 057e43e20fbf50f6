// SPDX-License-Identifier: Apache-2.0

package chrome

import (
	"io"
	"math"
	"testing"

	"github.com/gocurtain/asyncio/trace/timeline"
)

// rgb are the colours that chrome://tracing has under the names that are used here.
var rgb = map[string][3]float64{
	"grey": {221, 221, 221}, "cq_build_abandoned": {187, 187, 187}, "thread_state_uninterruptible": {182, 125, 143}, "thread_state_iowait": {255, 140, 0},
	"rail_response": {67, 135, 253}, "thread_state_sleeping": {240, 240, 240}, "yellow": {255, 255, 0}, "black": {0, 0, 0},
	"good": {0, 125, 0}, "thread_state_runnable": {133, 160, 210}, "light_memory_dump": {0, 0, 180}, "thread_state_unknown": {199, 155, 125},
	"detailed_memory_dump": {180, 0, 180},
}

// sights are what is left of a colour, in linear light, for those who see it like most and for
// those who lack the cones for red or for green.
var sights = map[string][3][3]float64{
	"all cones": {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"no red":    {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"no green":  {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
}

// lab returns a colour as it is seen, where distance is difference: CIE L*a*b*.
func lab(c [3]float64, sight [3][3]float64) [3]float64 {
	var linear, seen [3]float64
	for i, v := range c {
		linear[i] = math.Pow((v/255+0.055)/1.055, 2.4)
	}
	for i, row := range sight {
		seen[i] = min(1, max(0, row[0]*linear[0]+row[1]*linear[1]+row[2]*linear[2]))
	}
	r, g, b := seen[0], seen[1], seen[2]
	f := func(t float64) float64 {
		if t < 0.008856 {
			return 7.787*t + 16.0/116
		}
		return math.Cbrt(t)
	}
	x := f((0.4124*r + 0.3576*g + 0.1805*b) / 0.9505)
	y := f(0.2126*r + 0.7152*g + 0.0722*b)
	z := f((0.0193*r + 0.1192*g + 0.9505*b) / 1.089)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

// Whoever looks can tell the categories apart by their colours. What is idle is pale, and need not
// differ as much: it lies on other lanes, or within.
func TestColorsDiffer(t *testing.T) {
	idle := map[string]bool{timeline.Turn: true, timeline.Poll: true, timeline.Wait: true}
	for cones, sight := range sights {
		for one, a := range colors {
			for other, b := range colors {
				least := 15.0
				if idle[one] && idle[other] {
					least = 5
				}
				x, y := lab(rgb[a], sight), lab(rgb[b], sight)
				if d := math.Hypot(math.Hypot(x[0]-y[0], x[1]-y[1]), x[2]-y[2]); one < other && d < least {
					t.Errorf("%s: %s and %s differ by %.1f only", cones, one, other, d)
				}
			}
		}
	}
}

// Every slice of a recording has a category with a colour, and a name that others have too: what
// tells it from them is in its arguments.
func TestSlicesAddUp(t *testing.T) {
	for name, src := range stories(t) {
		c := checker{Writer: NewWriter(io.Discard)}
		if err := timeline.NewPicture(&c).Draw(src); err != nil {
			t.Fatal(err)
		}
		for _, s := range c.slices {
			if colors[s.Category] == "" {
				t.Errorf("%s: there is no colour for the category %q of %q", name, s.Category, s.Name)
			}
			if s.Category == timeline.Call || s.Category == timeline.SystemCall || s.Category == timeline.Span {
				continue // called as in the program
			}
			for _, r := range s.Name {
				if r != ' ' && r != '_' && (r < 'a' || r > 'z') {
					t.Errorf("%s: %q says more than a kind", name, s.Name)
					break
				}
			}
		}
	}
}

// checker keeps the slices of a picture.
type checker struct {
	*Writer
	slices []timeline.Slice
}

func (c *checker) Slice(s timeline.Slice) { c.slices = append(c.slices, s) }
