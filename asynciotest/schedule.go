// SPDX-License-Identifier: Apache-2.0

package asynciotest

import (
	"fmt"
	"strconv"
	"strings"
)

// A schedule is the choices of a run: for each moment at which several handles were ready, the
// index of the one that ran. What comes after its end is the usual order, all zeros.
type schedule []uint16

// maxChoices bounds a token from outside.
const maxChoices = 1 << 20

// String returns the schedule's token: the choices that are not the usual ones, as
// "moment:index,...", or "usual".
func (s schedule) String() string {
	var parts []string
	for moment, index := range s {
		if index != 0 {
			parts = append(parts, fmt.Sprintf("%d:%d", moment, index))
		}
	}
	if parts == nil {
		return "usual"
	}
	return strings.Join(parts, ",")
}

// parseSchedule is the inverse of String.
func parseSchedule(token string) (schedule, error) {
	if token == "usual" {
		return nil, nil
	}
	var s schedule
	for part := range strings.SplitSeq(token, ",") {
		m, i, ok := strings.Cut(part, ":")
		moment, err1 := strconv.ParseUint(m, 10, 32)
		index, err2 := strconv.ParseUint(i, 10, 16)
		if !ok || err1 != nil || err2 != nil || index == 0 || moment >= maxChoices || int(moment) < len(s) {
			return nil, fmt.Errorf("%q is not a schedule: use the token that a failed run has printed", token)
		}
		s = append(s, make(schedule, int(moment)-len(s)+1)...)
		s[moment] = uint16(index)
	}
	return s, nil
}

// deviations counts the choices that are not the usual ones.
func (s schedule) deviations() int {
	n := 0
	for _, index := range s {
		if index != 0 {
			n++
		}
	}
	return n
}
