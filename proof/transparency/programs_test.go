// SPDX-License-Identifier: Apache-2.0

package transparency

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gocurtain/asyncio/proof/internal/pythons"
	"github.com/gocurtain/asyncio/pytrace"
)

// A program is a small one that looks at what could give curtain away.
type program struct {
	args    []string // of the interpreter; the first that ends in .py lies in testdata/programs
	environ []string
	stdin   string
	oldest  int // the first minor version that it is for, 0 for all
	// hidden says why nothing is recorded: curtain's words.
	hidden string
	// files are more of them for the program's directory, by name.
	files map[string]string
}

func script(name string, args ...string) program {
	return program{args: append([]string{name + ".py"}, args...)}
}

func (p program) with(flags ...string) program {
	p.args = append(slices.Clone(flags), p.args...)
	return p
}

func (p program) since(minor int) program {
	p.oldest = minor
	return p
}

func (p program) typing(text string) program {
	p.stdin = text
	return p
}

// launched is a program that tells how it was started, for all ways to do so.
func launched(args ...string) program {
	return program{args: args, files: map[string]string{
		"launched.py": "", "package/__init__.py": "# empty\n", "package/__main__.py": "launched.py", "package/part.py": "launched.py",
	}}
}

// Each does the same with curtain, at every level, as it does without.
var programs = []program{
	script("interrupted", "in_step"),
	script("interrupted", "in_callback"),
	script("interrupted", "in_timer"),
	script("interrupted", "in_poll"),
	script("interrupted", "in_cleanup"),
	script("interrupted", "in_child"),
	script("interrupted", "by_hand"),
	script("callbacks"),
	script("tasks"),
	script("forgotten"),
	script("forgotten").with("-X", "dev"),
	script("forgotten").with("-X", "dev", "-X", "tracemalloc=3"),
	script("resources"),
	script("resources").with("-X", "dev", "-X", "tracemalloc=3"),
	script("debug"),
	script("debug").with("-X", "dev"),
	script("surroundings"),
	script("surroundings", "descriptors"),
	script("surroundings", "slots"),
	script("surroundings", "modules").hiddenBy("no asyncio program"),
	script("surroundings").with("-X", "dev", "-W", "error::ResourceWarning"),
	script("tracers", "profile"),
	script("tracers", "calls"),
	script("tracers", "lines"),
	script("lifetimes"),
	script("recursion"),
	script("spies"),
	script("ends", "status"),
	script("ends", "text"),
	script("ends", "at_once"),
	script("ends", "aborts"),
	script("ends", "terminated"),
	script("ends", "killed"),
	script("ends", "in_thread"),
	script("ends", "bad"),
	script("ends", "generator_exit"),
	script("exits"),
	script("hooks"),
	script("faults"),
	script("contexts"),
	script("source").hiddenBy("no asyncio program"),
	script("pickles", "fork"),
	script("pickles", "spawn"),
	script("pickles", "forkserver"),
	script("subclasses", "virtual"),
	script("subclasses", "minimal"),
	script("subclasses", "replaced"),
	script("subclasses", "scheduling"),
	script("warned"),
	script("warned").with("-X", "dev"),
	script("signals").with("-W", "ignore::DeprecationWarning"), // whether it is told that threads run is chance
	script("generators"),
	script("unittests"),
	launched("launched.py", "stdin", "word", "").typing("what is\ntyped\n"),
	launched("-m", "launched", "word"),
	launched("-m", "package", "word"),
	launched("-m", "package.part", "word"),
	launched("package", "word"),
	launched("-c", "import asyncio, sys; print(sys.argv, sys.path, __name__); asyncio.run(asyncio.sleep(0)); asyncio.run(1)", "word"),
	launched("-", "word").typing("import asyncio, sys\nprint(sys.argv, __name__)\nasyncio.run(asyncio.sleep(0))\nasyncio.run(1)\n"),
	launched("-i", "-c", "import asyncio").typing("asyncio.run(asyncio.sleep(0, 5))\nasyncio.run(1)\n"),
	launched("-q", "-m", "asyncio").typing("await asyncio.sleep(0, 5)\n").since(12),
	launched("-OO", "launched.py"),
	launched("-B", "-u", "launched.py"),
	launched("-W", "error", "-bb", "-X", "dev", "launched.py"),
	launched("-P", "launched.py").since(11),
	launched("-X", "utf8", "-X", "frozen_modules=off", "launched.py").since(11),
	launched("-s", "launched.py"),
	{args: []string{"-I", "launched.py"}, hidden: "-I"},
	{args: []string{"-E", "launched.py"}, hidden: "-E"},
	{args: []string{"-S", "launched.py"}, hidden: "-S"},
	{args: []string{"launched.py"}, environ: []string{"PYTHONPATH=own:other"}, files: map[string]string{
		"launched.py": "", "own/sitecustomize.py": "print('own sitecustomize', __name__, __spec__.name)\n",
		"other/usercustomize.py": "print('own usercustomize', __name__, __spec__.name)\n",
	}},
	{args: []string{"launched.py"}, environ: []string{"PYTHONPATH=own"}, files: map[string]string{
		"launched.py": "", "own/sitecustomize.py": "raise ValueError('of its own')\n",
	}},
	launched("no such file.py").hiddenBy("no asyncio program"),
	launched("-m", "nosuchmodule").hiddenBy("no asyncio program"),
	launched("-c", "import").hiddenBy("no asyncio program"),
}

func (p program) hiddenBy(why string) program {
	p.hidden = why
	return p
}

// name is that of the program's test, and of its exceptions in testdata/exceptions.txt.
func (p program) name() string {
	words := append(slices.Clone(p.environ), p.args...)
	for i, word := range words {
		words[i] = strings.TrimSuffix(word[:min(len(word), 30)], ".py")
	}
	return strings.NewReplacer(" ", "_", "/", ".").Replace(strings.Join(words, " "))
}

func TestPrograms(t *testing.T) {
	curtain := pythons.Curtain(t)
	list := readExceptions(t)
	for _, p := range pythons.Some(t) {
		t.Run(p.Version, func(t *testing.T) {
			for _, prog := range programs {
				t.Run(prog.name(), func(t *testing.T) {
					if prog.oldest > p.Minor {
						t.Skipf("it is for Python 3.%d and later", prog.oldest)
					}
					t.Parallel()
					prog.compare(t, p, curtain, list)
				})
			}
		})
	}
}

// compare runs the program at all levels.
func (p program) compare(t *testing.T, python pythons.Python, curtain string, list exceptions) {
	without := p.run(t, python)
	levels := map[string][]string{} // by what differs there
	for _, level := range pytrace.Levels() {
		with := p.run(t, python, curtain, "trace", "--level", string(level), "--")
		if level == pytrace.LevelLoop { // deeper ones see threads without a loop, too
			p.checkRecorded(t, with)
		}
		difference, why := with.differs(without), list.why(python, string(level), p.name())
		if difference != "" && why == "" {
			levels[difference] = append(levels[difference], string(level))
		} else if difference == "" && why != "" {
			t.Errorf("at level %s nothing differs, but testdata/exceptions.txt says: %s", level, why)
		}
	}
	for difference, at := range levels {
		t.Errorf("at level %s: %s", strings.Join(at, ", "), difference)
	}
}

// An outcome is all that is seen of a program that has ended.
type outcome struct{ out, errors, status, curtain string }

// run runs the program in a directory of its own, with some words before the interpreter's name.
func (p program) run(t *testing.T, python pythons.Python, before ...string) outcome {
	t.Helper()
	dir := p.prepare(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	words := append(append(before, python.Path), p.args...)
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Dir = dir
	cmd.WaitDelay = 10 * time.Second
	// A directory for temporary files, since that of curtain's own is no concern of the program.
	cmd.Env = append(append(pythons.Environ(), "PYTHONHASHSEED=0", "PYTHONFAULTHANDLER="), p.environ...)
	cmd.Stdin = strings.NewReader(p.stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatalf("%v: %s%s", err, &out, &errs)
	}
	return newOutcome(out.String(), errs.String(), cmd.ProcessState)
}

// prepare makes the directory, which has the same name in all runs.
func (p program) prepare(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "work")
	sources := p.files
	if sources == nil {
		sources = map[string]string{}
		for _, arg := range p.args {
			if strings.HasSuffix(arg, ".py") {
				sources[arg] = ""
			}
		}
	}
	for name, text := range sources {
		if text == "" || strings.HasSuffix(text, ".py") { // that of a program in testdata
			source := text
			if source == "" {
				source = name
			}
			content, err := os.ReadFile(filepath.Join("testdata", "programs", source))
			if err != nil {
				t.Fatal(err)
			}
			text = string(content)
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// newOutcome sets curtain's own lines apart from those of the program. The status is as a shell
// tells it, which is how curtain tells that of its command.
func newOutcome(out, errs string, state *os.ProcessState) outcome {
	var o outcome
	for line := range strings.Lines(errs) {
		if strings.HasPrefix(line, "curtain: ") {
			o.curtain += line
		} else {
			o.errors += line
		}
	}
	o.out, o.errors = scrub(out), scrub(o.errors)
	status := state.ExitCode()
	if wait, ok := state.Sys().(syscall.WaitStatus); ok && wait.Signaled() {
		status = 128 + int(wait.Signal())
	}
	o.status = fmt.Sprintf("status %d", status)
	return o
}

// chance is what differs between two runs of any program.
var chance = regexp.MustCompile(`0x[0-9a-f]+|(took|in) \d+\.\d+ ?m?s(econds)?|\d+\.\d+ ms|(raddr|laddr|pid|fd)[= ](\d+|\([^)]*\))|when=[0-9.]+|/[^\s'"]*/\d{3}/work|/[^\s'"]*/curtain-\d+/probe`)

func scrub(text string) string { return chance.ReplaceAllString(text, "~") }

// differs tells of the first thing that is not the same.
func (o outcome) differs(without outcome) string {
	for _, what := range []struct{ name, with, without string }{
		{"status", o.status, without.status}, {"output", o.out, without.out}, {"errors", o.errors, without.errors},
	} {
		if what.with != what.without {
			return fmt.Sprintf("%s:\n%s", what.name, lineDifference(what.with, what.without))
		}
	}
	return ""
}

// lineDifference shows where two texts go apart.
func lineDifference(with, without string) string {
	a, b := strings.Split(with, "\n"), strings.Split(without, "\n")
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	show := func(lines []string) string {
		var text strings.Builder
		for _, line := range lines[max(same-2, 0):min(same+8, len(lines))] {
			fmt.Fprintf(&text, "| %.300s\n", line)
		}
		return text.String()
	}
	return fmt.Sprintf("from line %d on, with curtain:\n%swithout:\n%s", same+1, show(a), show(b))
}

// checkRecorded looks whether curtain has recorded the program, or says why it has not.
func (p program) checkRecorded(t *testing.T, o outcome) {
	t.Helper()
	if p.hidden == "" && strings.Contains(o.curtain, "nothing was recorded") || p.hidden != "" && !strings.Contains(o.curtain, p.hidden) {
		t.Errorf("curtain says: %s", o.curtain)
	}
}
