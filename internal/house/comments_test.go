// SPDX-License-Identifier: Apache-2.0

package house

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// commentWidth is where comments end; a tab counts as four columns.
const commentWidth = 100

// tooWide returns the numbers of the lines that are comments and go on beyond the width. What
// an example prints is as wide as it is.
func tooWide(source []byte) (lines []int) {
	comment := regexp.MustCompile(`^\t*//( |$)`)
	output := false
	for i, line := range bytes.Split(source, []byte("\n")) {
		if !comment.Match(line) {
			output = false
			continue
		}
		output = output || bytes.HasSuffix(line, []byte("// Output:"))
		wide := strings.ReplaceAll(string(line), "\t", "    ")
		if !output && utf8.RuneCountInString(wide) > commentWidth {
			lines = append(lines, i+1)
		}
	}
	return lines
}

func TestCommentsEndAtOneWidth(t *testing.T) {
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == "testdata" {
			return fs.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, line := range tooWide(source) {
			t.Errorf("%s:%d: the comment goes on beyond column %d", path, line, commentWidth)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTooWide(t *testing.T) {
	wide := "// " + strings.Repeat("x", commentWidth)
	source := strings.Join([]string{wide, "package p", "\t" + wide, "\t// Output:", "\t" + wide, "", "var s = `" + wide + "`"}, "\n")
	if got := tooWide([]byte(source)); len(got) != 2 || got[0] != 1 || got[1] != 3 {
		t.Errorf("lines %v are too wide, want 1 and 3", got)
	}
}
