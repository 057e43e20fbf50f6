// SPDX-License-Identifier: Apache-2.0

// Package printable makes the texts of a program safe to show.
package printable

import (
	"fmt"
	"strings"
	"unicode"
)

// most is how many characters of a text are shown.
const most = 200

// Line returns the text as one line, not too long, without characters that could move the cursor or
// hide: these are escaped as in Go.
func Line(text string) string {
	var out strings.Builder
	n := 0
	for _, r := range text {
		if n++; n > most {
			out.WriteString("…")
			break
		}
		if unicode.IsPrint(r) {
			out.WriteRune(r)
			continue
		}
		quoted := fmt.Sprintf("%+q", r) // between two '
		out.WriteString(quoted[1 : len(quoted)-1])
	}
	return out.String()
}
