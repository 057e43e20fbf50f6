// SPDX-License-Identifier: Apache-2.0

package transparency

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gocurtain/asyncio/proof/internal/pythons"
)

// testLib is a variable that names a directory with the package test, for interpreters that come
// without theirs: Lib of CPython's sources of that version.
const testLib = "CURTAIN_PYTHON_LIB"

// moduleTime is how long the tests of a module may take.
const moduleTime = 15 * time.Minute

// plain is what runs are compared with: no curtain.
const plain = ""

// levels are those that the whole suite must not notice. At level coroutines all is done that is at
// level loop, and more, so in short mode it stands for both.
func levels() []string {
	if testing.Short() {
		return []string{"coroutines"}
	}
	return []string{"loop", "coroutines"}
}

// The tests that CPython has of asyncio come out the same with and without curtain, one by one.
func TestCPythonSuite(t *testing.T) {
	found := pythons.All(t)
	list := readExceptions(t)
	left := 2
	if testing.Short() {
		left = 1
	}
	for _, p := range slices.Backward(found) {
		t.Run(p.Version, func(t *testing.T) {
			if left == 0 && !pythons.Every() {
				t.Skip("the latest two are enough without -all, and the latest one in short mode")
			}
			s := &suite{
				python: p, curtain: pythons.Curtain(t), script: absolute(t, "testdata/suite.py"), exceptions: list,
				counts: map[string]counts{}, recorded: map[string]int{},
			}
			out, err := s.command(t.Context(), plain, t.TempDir(), "modules").Output()
			if err != nil {
				t.Skipf("Python %s has no package test: name the Lib of its sources in %s_3%d", p.Version, testLib, p.Minor)
			}
			left--
			t.Cleanup(func() { s.report(t) })
			for _, module := range strings.Fields(string(out)) {
				t.Run(module[strings.LastIndexByte(module, '.')+1:], func(t *testing.T) {
					t.Parallel()
					s.compare(t, module)
				})
			}
		})
	}
}

// A suite is the test suite of one interpreter.
type suite struct {
	python          pythons.Python
	curtain, script string
	exceptions      exceptions

	mu       sync.Mutex
	counts   map[string]counts // by level
	recorded map[string]int    // events, by level
}

// compare runs a module at all levels.
func (s *suite) compare(t *testing.T, module string) {
	without := s.run(t, plain, module)
	for _, level := range levels() {
		c := comparison{python: s.python, level: level, exceptions: s.exceptions, alone: func(t *testing.T, level, test string) result {
			name, _, _ := strings.Cut(test, " ") // less the parameters of a subtest
			return s.run(t, level, name)[test]
		}}
		c.compare(t, s.run(t, level, module), without)
	}
}

// A comparison is of the tests of a suite with curtain and without.
type comparison struct {
	python     pythons.Python
	level      string
	exceptions exceptions
	alone      func(t *testing.T, level, test string) result // runs just one
}

// compare expects the same of all tests but the exceptions, which must differ.
func (c comparison) compare(t *testing.T, with, without map[string]result) {
	t.Helper()
	differ := different(with, without)
	for _, test := range differ {
		if c.exceptions.why(c.python, c.level, test) == "" {
			c.again(t, test, with[test], without[test])
		}
	}
	for test := range without {
		if why := c.exceptions.why(c.python, c.level, test); why != "" && !slices.Contains(differ, test) {
			t.Errorf("%s at level %s is %s as without, but testdata/exceptions.txt says: %s", test, c.level, without[test], why)
		}
	}
}

// again runs a test that came out differently three times more, alone, to tell what curtain does
// from what chance and a busy machine do: those do not do it twice.
func (c comparison) again(t *testing.T, test string, with, without result) {
	t.Helper()
	text := fmt.Sprintf("%s at level %s: %s, without curtain: %s\n%s%s", test, c.level, with, without, with.Text, without.Text)
	differed := 0
	for range 3 {
		with2, without2 := c.alone(t, c.level, test), c.alone(t, plain, test)
		if with2.same(without2) {
			continue
		}
		differed++
		text += fmt.Sprintf("\nalone: %s, without curtain: %s\n%s%s", with2, without2, with2.Text, without2.Text)
		if differed == 2 {
			t.Error(text)
			return
		}
	}
	t.Logf("chance: alone it differs %d times of 3: %s", differed, text)
}

// A result is what became of a test.
type result struct{ Outcome, Text string }

func (r result) String() string {
	if r.Outcome == "" {
		return "no result"
	}
	return r.Outcome
}

// same compares what a test suite reports: of failures the fact, of skips the reason.
func (r result) same(other result) bool {
	return r.Outcome == other.Outcome && (r.Outcome != "skip" || r.Text == other.Text)
}

func different(a, b map[string]result) (tests []string) {
	for test := range a {
		if !a[test].same(b[test]) {
			tests = append(tests, test)
		}
	}
	for test := range b {
		if _, ok := a[test]; !ok {
			tests = append(tests, test)
		}
	}
	slices.Sort(tests)
	return tests
}

// run runs a module, or a test, and returns the results by the names of tests.
func (s *suite) run(t *testing.T, level, name string) map[string]result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), moduleTime)
	defer cancel()
	dir := t.TempDir()
	file := filepath.Join(dir, "results")
	cmd := s.command(ctx, level, dir, "run", file, name)
	out, err := cmd.CombinedOutput()
	found, complete := readResults(t, file)
	if err != nil || !complete {
		t.Logf("%s at level %q: %v\n%s", name, level, err, out[max(len(out)-2000, 0):])
	}
	if !strings.Contains(strings.TrimPrefix(name, "test.test_asyncio."), ".") {
		s.count(level, found, string(out))
	}
	return found
}

func (s *suite) command(ctx context.Context, level, dir string, args ...string) *exec.Cmd {
	args = append([]string{s.python.Path, s.script}, args...)
	if level != plain {
		args = append([]string{s.curtain, "trace", "--level", level, "-o", filepath.Join(dir, "trace.json.gz"), "--"}, args...)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = dir
	cmd.WaitDelay = 10 * time.Second
	cmd.Env = append(pythons.Environ(), "TMPDIR="+dir)
	if lib := os.Getenv(fmt.Sprintf("%s_3%d", testLib, s.python.Minor)); lib != "" {
		cmd.Env = append(cmd.Env, "PYTHONPATH="+lib)
	}
	return cmd
}

// readResults reads what testdata/suite.py has written. A test that began and has no end is one
// with an empty outcome.
func readResults(t *testing.T, file string) (found map[string]result, complete bool) {
	t.Helper()
	found = map[string]result{}
	f, err := os.Open(file)
	if err != nil {
		return found, false
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var line [3]string
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Errorf("%s: %v: %s", file, err, lines.Text())
			continue
		}
		test, r := line[0], result{line[1], line[2]}
		if r.Outcome == "start" {
			found[test] = result{}
		} else if old := found[test]; old.Outcome == "" || old.Outcome == "pass" {
			found[test] = r
		}
	}
	for _, r := range found {
		if r.Outcome == "" {
			return found, false
		}
	}
	return found, lines.Err() == nil && len(found) > 0
}

// counts are how many tests came out how.
type counts map[string]int

// events is what curtain says of a recording.
var events = regexp.MustCompile(`(?m)^curtain: (\d+) events? of `)

func (s *suite) count(level string, found map[string]result, out string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := events.FindStringSubmatch(out); m != nil {
		n, _ := strconv.Atoi(m[1])
		s.recorded[level] += n
	}
	if s.counts[level] == nil {
		s.counts[level] = counts{}
	}
	for _, r := range found {
		s.counts[level][r.String()]++
	}
}

func (s *suite) report(t *testing.T) {
	for _, level := range append([]string{plain}, levels()...) {
		var text []string
		sum := 0
		for _, outcome := range slices.Sorted(maps.Keys(s.counts[level])) {
			text = append(text, fmt.Sprintf("%s %d", outcome, s.counts[level][outcome]))
			sum += s.counts[level][outcome]
		}
		t.Logf("Python %s, level %q: %d tests: %s; %d events", s.python.Version, level, sum, strings.Join(text, ", "), s.recorded[level])
		if level != plain && s.recorded[level] < sum {
			t.Errorf("hardly anything was recorded at level %s", level)
		}
	}
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
