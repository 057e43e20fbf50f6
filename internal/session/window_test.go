// SPDX-License-Identifier: Apache-2.0

package session

import (
	"slices"
	"testing"

	"github.com/gocurtain/asyncio/trace"
)

func TestWindow(t *testing.T) {
	tests := []struct {
		name  string
		most  int
		times []uint64 // of batches of one record
		left  []uint64
	}{
		{"nothing old", 9, []uint64{1, 2, 11}, []uint64{1, 2, 11}},
		{"one too old", 9, []uint64{1, 2, 12}, []uint64{2, 12}},
		{"all but the last", 9, []uint64{1, 2, 50}, []uint64{50}},
		{"another recording is behind", 9, []uint64{1, 30, 5}, []uint64{30, 5}},
		{"too many", 3, []uint64{1, 2, 3, 4, 5}, []uint64{3, 4, 5}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := window{length: 10, most: tt.most}
			for _, at := range tt.times {
				w.push(batch{recs: []trace.Record{{Time: at}}})
				for _, ok := w.pop(); ok; _, ok = w.pop() {
				}
			}
			var left []uint64
			for len(w.batches) > 0 {
				left = append(left, w.shift().recs[0].Time)
			}
			if !slices.Equal(left, tt.left) || w.records != 0 {
				t.Errorf("%v, %d records; want %v", left, w.records, tt.left)
			}
		})
	}
}
