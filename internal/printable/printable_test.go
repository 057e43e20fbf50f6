// SPDX-License-Identifier: Apache-2.0

package printable

import (
	"strings"
	"testing"
)

func TestLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "",
		"größer, 大":              "größer, 大",
		"a\nb\x1b[2J\x00":        `a\nb\x1b[2J\x00`,
		"\u202eabc\u200b":        `\u202eabc\u200b`,
		strings.Repeat("ä", 300): strings.Repeat("ä", 200) + "…",
	} {
		if got := Line(text); got != want {
			t.Errorf("Line(%q) = %q, want %q", text, got, want)
		}
	}
}
