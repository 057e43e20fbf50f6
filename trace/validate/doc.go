// SPDX-License-Identifier: Apache-2.0

// Package validate checks recordings and exported timelines. It shares no code with what it checks:
// [Records] knows the grammar of the records, independently of package model, and [Chrome] knows
// that of the Trace Event Format, independently of package chrome. Tests of producers and exporters
// use it, and users whose timeline looks wrong.
//
// A recording may break off anywhere: its process may have been killed. What is open or pending at
// its end is therefore no problem, unless the recording was closed properly after the loop ended.
// After a [trace.KindLost], something unknown is no problem until it is seen again.
package validate

import "fmt"

// Problem is one thing that is wrong. Its String is one line.
type Problem struct {
	// Index is the number of the record or event, from 0; -1 for the whole.
	Index int
	// Text says what is wrong.
	Text string
}

// String returns "12: text", or "end: text" for the whole.
func (p Problem) String() string {
	if p.Index < 0 {
		return "end: " + p.Text
	}
	return fmt.Sprintf("%d: %s", p.Index, p.Text)
}

// maxProblems is how many problems are returned at most; a broken producer has one in every record.
const maxProblems = 100
