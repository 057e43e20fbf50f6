// SPDX-License-Identifier: Apache-2.0

// Package tools proves that a program's own tools work as without curtain: coverage, profilers,
// debuggers, and whatever else sees calls and lines. Where only one of them can, the program's
// does, and curtain says what it leaves out.
package tools

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio/proof/internal/pythons"
	"github.com/gocurtain/asyncio/pytrace"
	"github.com/gocurtain/asyncio/trace/validate"
)

const (
	tracesItself = "is left out from here on: the program traces itself"
	takesAll     = "is left out from here on: the program takes all of sys.monitoring's tool ids"
	freed        = "is left out from here on: the program has freed its tool id of sys.monitoring"
)

// A tool is one that the program uses.
type tool struct {
	args           []string // of the interpreter
	environ        []string
	stdin          string
	oldest, newest int // minor versions that it is for, 0 for all

	// What curtain says beyond level loop: before 3.12 when the tool wants the slot of
	// sys.setprofile or of sys.settrace, which at level lines are both curtain's, and from 3.12 on.
	wantsProfile, wantsTrace bool
	says                     string
}

func script(args ...string) tool { return tool{args: append([]string{"tools.py"}, args...)} }

func (p tool) profile() tool                   { p.wantsProfile = true; return p }
func (p tool) trace() tool                     { p.wantsTrace = true; return p }
func (p tool) saying(text string) tool         { p.says = text; return p }
func (p tool) between(oldest, newest int) tool { p.oldest, p.newest = oldest, newest; return p }
func (p tool) with(environ string) tool        { p.environ = append(p.environ, environ); return p }

var tools = []tool{
	script("covered", "ctrace").with("COVERAGE_CORE=ctrace").trace(),
	script("covered", "pytrace").with("COVERAGE_CORE=pytrace").trace(),
	script("covered", "timid").trace(),
	script("covered", "sysmon").with("COVERAGE_CORE=sysmon").between(12, 0),
	script("profiled", "c").profile(),
	script("profiled", "python").profile(),
	script("profiled_within").profile(),
	script("yappi").profile(),
	script("slots", "setprofile").profile(),
	script("slots", "settrace").trace(),
	script("kept"),
	script("monitors", "one").between(12, 0),
	script("monitors", "four").between(12, 0),
	script("monitors", "all").between(12, 0).saying(takesAll),
	script("monitors", "frees").between(12, 0).saying(freed),
	script("monitors", "restarts").between(12, 0),
	{args: []string{"-m", "pdb", "own.py"}, stdin: "b 30\nc\np n\nn\nn\nw\nc\np n\nc\nc\nc\nc\nc\nc\nq\n", wantsTrace: true},
	script("deep"),
	script("threads"),
	script("forks"),
}

// name is that of the tool's test.
func (p tool) name() string { return strings.TrimPrefix(strings.Join(p.args, " "), "tools.py ") }

func TestTools(t *testing.T) {
	curtain := pythons.Curtain(t)
	for _, python := range pythons.Some(t) {
		t.Run(python.Version, func(t *testing.T) {
			coverage := "coverage==7.10.7"
			if python.Minor < 9 {
				coverage = "coverage==7.6.1"
			}
			venv := pythons.Venv(t, python, coverage, "yappi==1.7.6")
			for _, p := range tools {
				t.Run(p.name(), func(t *testing.T) {
					if p.oldest > python.Minor || p.newest != 0 && p.newest < python.Minor {
						t.Skipf("it is not for Python 3.%d", python.Minor)
					}
					t.Parallel()
					p.compare(t, curtain, venv, python.Minor)
				})
			}
		})
	}
}

// compare runs the program without curtain and at each level.
func (p tool) compare(t *testing.T, curtain, python string, minor int) {
	without := p.run(t, t.TempDir(), python)
	if without.status != 0 {
		t.Fatalf("it fails by itself: %d\n%s\n%s", without.status, without.out, without.errors)
	}
	for _, level := range pytrace.Levels() {
		dir := t.TempDir()
		file := filepath.Join(dir, "trace.json")
		with := p.run(t, dir, curtain, "trace", "--level", string(level), "-o", file, "--", python)
		if with.status != without.status || with.out != without.out || with.errors != without.errors {
			t.Errorf("level %s: status %d, and without curtain %d; what differs:\n%s", level, with.status, without.status,
				difference(with.out+with.errors, without.out+without.errors))
		}
		if want := p.wanted(level, minor); want == "" && len(with.said) != 1 || want != "" && (len(with.said) != 2 || !strings.Contains(with.said[1], want)) {
			t.Errorf("level %s: curtain says %q, want one line on the events and %q", level, with.said, want)
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
			continue
		}
		problems, err := validate.Chrome(content)
		for _, problem := range problems[:min(len(problems), 5)] {
			t.Errorf("level %s: %s", level, problem)
		}
		if err != nil {
			t.Errorf("level %s: %v", level, err)
		}
	}
}

// difference shows where two texts go apart.
func difference(with, without string) string {
	a, b := strings.Split(with, "\n"), strings.Split(without, "\n")
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	part := func(lines []string) string {
		return strings.Join(lines[max(min(same-2, len(lines)), 0):min(same+8, len(lines))], "\n")
	}
	return part(a) + "\n--- without:\n" + part(b)
}

// wanted returns what curtain is to say.
func (p tool) wanted(level pytrace.Level, minor int) string {
	switch {
	case level == pytrace.LevelLoop:
		return ""
	case minor >= 12:
		return p.says
	case p.wantsProfile, p.wantsTrace && level == pytrace.LevelLines:
		return tracesItself
	}
	return ""
}

type outcome struct {
	out, errors string
	said        []string // curtain's own lines
	status      int
}

// chance is what differs between two runs of any program.
var chance = regexp.MustCompile(`0x[0-9a-f]+|/[^\s'"]*/\d{3}\b`)

// run runs the program in a directory that has all of testdata.
func (p tool) run(t *testing.T, dir string, words ...string) outcome {
	t.Helper()
	if err := os.CopyFS(dir, os.DirFS("testdata")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	words = append(words, p.args...)
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Dir = dir
	cmd.WaitDelay = 10 * time.Second
	cmd.Env = append(append(pythons.Environ(), "PYTHONHASHSEED=0", "PYTHONDONTWRITEBYTECODE=1", "NO_COLOR=1"), p.environ...)
	cmd.Stdin = strings.NewReader(p.stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatalf("%v: %s%s", err, &out, &errs)
	}
	o := outcome{out: chance.ReplaceAllString(out.String(), "~"), status: cmd.ProcessState.ExitCode()}
	for line := range strings.Lines(errs.String()) {
		if strings.HasPrefix(line, "curtain: ") {
			o.said = append(o.said, line)
		} else {
			o.errors += chance.ReplaceAllString(line, "~")
		}
	}
	return o
}
