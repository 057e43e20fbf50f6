// SPDX-License-Identifier: Apache-2.0

package transparency

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/proof/internal/pythons"
)

// An exception says that something differs, and why that cannot be avoided.
type exception struct {
	first, last int // minor versions of Python
	levels      []string
	pattern     *regexp.Regexp // of names
	reason      string
}

type exceptions []exception

// readExceptions reads testdata/exceptions.txt, which tells of its form.
func readExceptions(t *testing.T) (list exceptions) {
	t.Helper()
	f, err := os.Open("testdata/exceptions.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		e, err := parseException(line)
		if err != nil {
			t.Fatalf("%s: %v: %s", f.Name(), err, line)
		}
		list = append(list, e)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func parseException(line string) (e exception, err error) {
	facts, reason, _ := strings.Cut(line, ": ")
	fields := strings.Fields(facts)
	if len(fields) != 3 || reason == "" {
		return e, fmt.Errorf("want VERSIONS LEVELS NAME: REASON")
	}
	first, last, isRange := strings.Cut(fields[0], "-")
	if !isRange {
		last = first
	}
	if _, err := fmt.Sscanf(first+" "+last, "3.%d 3.%d", &e.first, &e.last); err != nil {
		return e, fmt.Errorf("versions %s: %w", fields[0], err)
	}
	// Names of tests have brackets and slashes, so just * is not itself.
	pattern := strings.ReplaceAll(regexp.QuoteMeta(fields[2]), `\*`, ".*")
	e.levels, e.pattern, e.reason = strings.Split(fields[1], ","), regexp.MustCompile("^"+pattern+"$"), reason
	return e, nil
}

// why returns the reason why something may differ, or "".
func (list exceptions) why(p pythons.Python, level, name string) string {
	for _, e := range list {
		if e.pattern.MatchString(name) && e.first <= p.Minor && p.Minor <= e.last && slices.Contains(e.levels, level) {
			return e.reason
		}
	}
	return ""
}

func TestExceptionsAreRead(t *testing.T) {
	e, err := parseException("3.8-3.11 functions,lines tracers_*: Python has one profiler")
	p := pythons.Python{Minor: 9}
	if err != nil || (exceptions{e}).why(p, "lines", "tracers_profile") != "Python has one profiler" {
		t.Errorf("%+v, %v", e, err)
	}
	if why := (exceptions{e}).why(p, "loop", "tracers_profile"); why != "" {
		t.Errorf("at another level: %s", why)
	}
	for name, want := range map[string]bool{"lib/tests/test_a.py::b[x]": true, "lib/tests/test_a.py::bx": false} {
		e, err := parseException("3.8 loop lib/*::b[x]: a name of pytest's")
		if got := (exceptions{e}).why(pythons.Python{Minor: 8}, "loop", name) != ""; err != nil || got != want {
			t.Errorf("%s matches: %v, %v", name, got, err)
		}
	}
	for _, bad := range []string{"", "3.8 loop name", "3.x loop name: reason"} {
		if e, err := parseException(bad); err == nil {
			t.Errorf("%q: %+v", bad, e)
		}
	}
}
