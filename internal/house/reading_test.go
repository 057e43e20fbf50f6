// SPDX-License-Identifier: Apache-2.0

package house

import (
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// readingOrders are the packages whose comment ends with the order in which to read its files.
var readingOrders = []string{".", "asynciotest"}

func TestReadingOrder(t *testing.T) {
	for _, dir := range readingOrders {
		comment, files, err := readPackage(filepath.Join(root, dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, problem := range checkReadingOrder(comment, files) {
			t.Errorf("%s/doc.go: %s", dir, problem)
		}
	}
}

// readPackage returns a package's comment and the files that somebody has to read.
func readPackage(dir string) (comment string, files []string, err error) {
	doc, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, "doc.go"), nil, parser.ParseComments)
	if err != nil {
		return "", nil, err
	}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		name := e.Name()
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && name != "doc.go" {
			files = append(files, name)
		}
	}
	return doc.Doc.Text(), files, err
}

var fileName = regexp.MustCompile(`\b\w+\.go\b`)

// checkReadingOrder compares the files that the reading order in a comment names with those that
// there are. The variants of a file for other systems go with it.
func checkReadingOrder(comment string, files []string) (problems []string) {
	_, order, _ := strings.Cut(comment, "# Reading order")
	named := map[string]bool{}
	for _, name := range fileName.FindAllString(order, -1) {
		named[name] = true
	}
	for _, name := range files {
		if stem, _, variant := strings.Cut(name, "_"); !named[name] && (!variant || !named[stem+".go"]) {
			problems = append(problems, fmt.Sprintf("the reading order lacks %s", name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		if !slices.Contains(files, name) {
			problems = append(problems, fmt.Sprintf("the reading order names %s, and there is no such file", name))
		}
	}
	return problems
}

func TestReadingOrderCatches(t *testing.T) {
	comment := "Package x is an example; none.go is not meant.\n\n# Reading order\n\nrun.go comes first, then task.go."
	for _, c := range []struct {
		name  string
		files string
		want  string
	}{
		{"all", "run.go task.go", ""},
		{"variants", "run.go run_linux.go task.go", ""},
		{"lacking", "run.go task.go loop.go", "the reading order lacks loop.go"},
		{"gone", "run.go", "the reading order names task.go, and there is no such file"},
	} {
		if got := strings.Join(checkReadingOrder(comment, strings.Fields(c.files)), "\n"); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// step is a line of DESIGN.md that shows what happens one after the other: a file and the functions
// of it.
var step = regexp.MustCompile(`(?m)^    ([\w/]+\.go) (\w+(?:, \w+)*)`)

func TestStepsOfDesign(t *testing.T) {
	design, err := os.ReadFile(filepath.Join(root, "DESIGN.md"))
	if err != nil {
		t.Fatal(err)
	}
	steps := step.FindAllStringSubmatch(string(design), -1)
	if len(steps) == 0 {
		t.Error("DESIGN.md has no steps, want those of the lives of a readiness and of a record")
	}
	for _, s := range steps {
		source, err := os.ReadFile(filepath.Join(root, s[1]))
		if err != nil {
			t.Error(err)
		}
		for name := range strings.SplitSeq(s[2], ", ") {
			if !regexp.MustCompile(`(?m)^func (\(.*\) )?` + name + `\(`).Match(source) {
				t.Errorf("DESIGN.md: %q: %s has no function %s", s[0], s[1], name)
			}
		}
	}
}
