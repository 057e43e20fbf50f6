// SPDX-License-Identifier: Apache-2.0

package house

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// featureGroups gives each group of docs/asyncio.md and how many rows it has.
var featureGroups = []struct {
	letter string
	rows   int
}{
	{"R", 10}, {"L", 16}, {"S", 14}, {"F", 14}, {"T", 22}, {"C", 13}, {"W", 11}, {"O", 7}, {"G", 12},
	{"P", 8}, {"Q", 6}, {"X", 5}, {"D", 4}, {"U", 5}, {"N", 24}, {"K", 19}, {"A", 14}, {"B", 13},
	{"E", 6}, {"V", 4}, {"Z", 5}, {"M", 14}, {"H", 4}, {"I", 10}, {"Y", 7},
}

const featureCount = 267

// A coverageRow is one row of docs/asyncio.md.
type coverageRow struct {
	line   int
	id     string
	python string
	status string // same, different or not yet; anything else is an error
	reason string // what follows the status
	tests  string // comma-separated, in backticks
}

var (
	idCell     = regexp.MustCompile(`^[A-Z][0-9]+$`)
	statusCell = regexp.MustCompile(`^(same|different|not yet)(?:[,:;.]\s*(.*))?$`)
	testCell   = regexp.MustCompile("^`(?:([a-z][a-z0-9_/]*)\\.)?((?:Test|Example|Fuzz)\\w*)`$")
)

func TestCoverageTable(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs/asyncio.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests := testIndex{}
	for _, problem := range checkCoverage(string(text), featureIDs(), tests.has) {
		t.Error(problem)
	}
}

func TestCoverageTableCount(t *testing.T) {
	if got := len(featureIDs()); got != featureCount {
		t.Errorf("the groups hold %d ids, want %d", got, featureCount)
	}
}

// TestCoverageTableCatches feeds the checker one broken table per rule.
func TestCoverageTableCatches(t *testing.T) {
	has := func(dir, name string) (bool, error) { return dir == "." && name == "TestGood", nil }
	for _, c := range []struct{ name, rows, want string }{
		{"good", "| R1 | `run` | `Run` | same | `TestGood` |", ""},
		{"good, with a note", "| R1 | `a\\|b` | | different: a reason | `TestGood`, `TestGood` |", ""},
		{"open", "| R1 | `run` | | not yet | |", ""},
		{"missing", "", "R1: no row"},
		{"twice", "| R1 | a | | not yet | |\n| R1 | a | | not yet | |", "R1: second row"},
		{"unknown id", "| R1 | a | | not yet | |\n| R2 | a | | not yet | |", "R2: no such feature"},
		{"cells", "| R1 | a | not yet | |", "4 cells"},
		{"no name", "| R1 | | | not yet | |", "R1: Python column is empty"},
		{"status", "| R1 | a | | partly | |", `R1: status "partly"`},
		{"status, longer", "| R1 | a | | sameish | `TestGood` |", `R1: status "sameish"`},
		{"no test", "| R1 | a | | same | |", "R1: same, but no test"},
		{"no reason", "| R1 | a | | different | `TestGood` |", "R1: different, but no reason"},
		{"no such test", "| R1 | a | | same | `TestGood`, `stream.TestGood` |", "R1: no test stream.TestGood"},
		{"not a test", "| R1 | a | | same | TestGood |", "R1: TestGood is not a test name in backticks"},
	} {
		got := strings.Join(checkCoverage(c.rows, []string{"R1"}, has), "\n")
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// featureIDs lists R1 to R10, L1 to L16 and so on.
func featureIDs() []string {
	var ids []string
	for _, g := range featureGroups {
		for n := 1; n <= g.rows; n++ {
			ids = append(ids, fmt.Sprintf("%s%d", g.letter, n))
		}
	}
	return ids
}

// checkCoverage answers what is wrong with the table in text. The question whether a test exists in
// a directory of the module goes to hasTest.
func checkCoverage(text string, ids []string, hasTest func(dir, name string) (bool, error)) (problems []string) {
	fail := func(line int, format string, args ...any) {
		problems = append(problems, fmt.Sprintf("docs/asyncio.md:%d: %s", line, fmt.Sprintf(format, args...)))
	}
	seen := map[string]bool{}
	for _, id := range ids {
		seen[id] = false
	}
	for _, row := range coverageRows(text, fail) {
		switch before, known := seen[row.id]; {
		case !known:
			fail(row.line, "%s: no such feature", row.id)
		case before:
			fail(row.line, "%s: second row", row.id)
		}
		seen[row.id] = true

		if row.python == "" {
			fail(row.line, "%s: Python column is empty", row.id)
		}
		switch row.status {
		case "not yet":
		case "same", "different":
			if row.tests == "" {
				fail(row.line, "%s: %s, but no test", row.id, row.status)
			}
			if row.status == "different" && row.reason == "" {
				fail(row.line, "%s: different, but no reason", row.id)
			}
		default:
			fail(row.line, "%s: status %q, want same, different or not yet", row.id, row.status)
		}
		for _, test := range strings.FieldsFunc(row.tests, func(r rune) bool { return r == ',' }) {
			test = strings.TrimSpace(test)
			m := testCell.FindStringSubmatch(test)
			if m == nil {
				fail(row.line, "%s: %s is not a test name in backticks", row.id, test)
				continue
			}
			ok, err := hasTest(filepath.Join(".", filepath.FromSlash(m[1])), m[2])
			if err != nil {
				fail(row.line, "%s: %v", row.id, err)
			} else if !ok {
				fail(row.line, "%s: no test %s", row.id, strings.Trim(test, "`"))
			}
		}
	}
	for _, id := range ids {
		if !seen[id] {
			fail(1, "%s: no row", id)
		}
	}
	return problems
}

// coverageRows finds the table rows whose first cell is an id.
func coverageRows(text string, fail func(line int, format string, args ...any)) []coverageRow {
	var rows []coverageRow
	for i, line := range strings.Split(text, "\n") {
		line = strings.ReplaceAll(line, `\|`, "\x00") // an escaped bar is not a border
		cells := strings.Split(line, "|")
		if len(cells) < 3 || !idCell.MatchString(strings.TrimSpace(cells[1])) {
			continue
		}
		cells = cells[1 : len(cells)-1]
		for j := range cells {
			cells[j] = strings.TrimSpace(strings.ReplaceAll(cells[j], "\x00", "|"))
		}
		if len(cells) != 5 {
			fail(i+1, "%s: %d cells, want 5", cells[0], len(cells))
			continue
		}
		row := coverageRow{line: i + 1, id: cells[0], python: cells[1], status: cells[3], tests: cells[4]}
		if m := statusCell.FindStringSubmatch(cells[3]); m != nil {
			row.status, row.reason = m[1], m[2]
		}
		rows = append(rows, row)
	}
	return rows
}

// A testIndex knows the test functions of each package directory it was asked about.
type testIndex map[string]map[string]bool

func (x testIndex) has(dir, name string) (bool, error) {
	if x[dir] == nil {
		names, err := testFunctions(dir)
		if err != nil {
			return false, err
		}
		x[dir] = names
	}
	return x[dir][name], nil
}

// testFunctions parses the test files of a directory; build constraints do not count.
func testFunctions(dir string) (map[string]bool, error) {
	files, err := filepath.Glob(filepath.Join(root, dir, "*_test.go"))
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, decl := range f.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil {
				names[fn.Name.Name] = true
			}
		}
	}
	return names, nil
}
