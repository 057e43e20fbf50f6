// SPDX-License-Identifier: Apache-2.0

package asynciotest

import (
	"slices"
	"testing"
)

func TestScheduleToken(t *testing.T) {
	for token, want := range map[string]schedule{
		"usual":       nil,
		"0:1":         {1},
		"2:1":         {0, 0, 1},
		"0:3,2:1,4:2": {3, 0, 1, 0, 2},
	} {
		got, err := parseSchedule(token)
		if err != nil || !slices.Equal(got, want) || got.String() != token {
			t.Errorf("%q is %v, %q (%v), want %v", token, got, got, err, want)
		}
	}
	for _, token := range []string{"", "1", "0:0", "1:x", "1:1,1:2", "2:1,1:1", "0:70000", "-1:1", "9999999999:1", "1048576:1", "0:1,"} {
		if got, err := parseSchedule(token); err == nil {
			t.Errorf("%q is taken for %v", token, got)
		}
	}
	if got := (schedule{0, 2, 0, 0}).String(); got != "1:2" {
		t.Errorf("zeros at the end: %q", got)
	}
}

// FuzzSchedule: any token is refused, or is that of the schedule that it stands for.
func FuzzSchedule(f *testing.F) {
	f.Add("usual")
	f.Add("0:3,2:1,4:2")
	f.Fuzz(func(t *testing.T, token string) {
		s, err := parseSchedule(token)
		if err != nil {
			return
		}
		again, err := parseSchedule(s.String())
		if err != nil || !slices.Equal(s, again) {
			t.Errorf("%q is %v, and again %v (%v)", token, s, again, err)
		}
	})
}
