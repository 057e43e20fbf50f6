// SPDX-License-Identifier: Apache-2.0

//go:build unix

package programs

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio/proof/internal/pythons"
	"github.com/gocurtain/asyncio/pytrace"
)

// program is a real program, and what is to be seen in its recording.
type program struct {
	name string
	// command is its command line; it may start what the program needs.
	command func(t *testing.T, python string) []string
	// levels are those it is recorded at beyond level loop.
	levels []pytrace.Level
	// processes are the names of those that must be recorded, as often as they run.
	processes []string
	// lanes are patterns, each of which must match that of a lane.
	lanes []string
	// arrows is how many there are at least.
	arrows int
}

var all = []program{
	{
		name:      "aiohttp",
		command:   script("aiohttp_load.py"),
		levels:    []pytrace.Level{pytrace.LevelCoroutines},
		processes: []string{"aiohttp_load.py", "aiohttp_server.py"},
		lanes:     []string{`^hang 1$`, `RequestHandler\.start$`},
		arrows:    2000,
	},
	{
		name: "uvicorn",
		command: script("fastapi_load.py", "PYTHON", "-m", "uvicorn", "--workers", "2", "--no-access-log", "--log-level", "warning",
			"--uds", "SOCKET", "fastapi_app:app"),
		levels:    []pytrace.Level{pytrace.LevelCoroutines},
		processes: []string{"fastapi_load.py", "uvicorn", "uvicorn", "uvicorn"},
		lanes:     []string{`^forever$`, `RequestResponseCycle\.run_asgi$`},
		arrows:    1000,
	},
	{
		name: "gunicorn",
		command: script("fastapi_load.py", "PYTHON", "-m", "gunicorn", "--workers", "2", "--worker-class", "uvicorn_worker.UvicornWorker",
			"--no-control-socket", "--log-level", "error", "--bind", "unix:SOCKET", "fastapi_app:app"),
		processes: []string{"fastapi_load.py", "gunicorn", "gunicorn", "gunicorn"},
		lanes:     []string{`^forever$`, `RequestResponseCycle\.run_asgi$`},
		arrows:    1000,
	},
	{
		name:      "crawler",
		command:   script("crawler.py"),
		levels:    []pytrace.Level{pytrace.LevelCoroutines},
		processes: []string{"crawler.py"},
		lanes:     []string{`^page /59$`, ` site$`},
		arrows:    500,
	},
	{
		name:      "chat",
		command:   script("chat.py"),
		levels:    []pytrace.Level{pytrace.LevelFunctions},
		processes: []string{"chat.py"},
		lanes:     []string{`^client 5$`, `^vanishing client$`, `protocol_handler$`},
		arrows:    500,
	},
	{
		name: "postgres",
		command: func(t *testing.T, python string) []string {
			return script("postgres.py", postgres(t))(t, python)
		},
		processes: []string{"postgres.py"},
		lanes:     []string{`^transfer 99$`},
		arrows:    500,
	},
	{
		name:      "pytest",
		command:   script("-m", "pytest", "-p", "no:cacheprovider", "suite"),
		levels:    []pytrace.Level{pytrace.LevelCoroutines},
		processes: []string{"pytest"},
		lanes:     []string{`test_fails_in_a_task`},
		arrows:    50,
	},
	{
		name: "shell script",
		command: func(t *testing.T, python string) []string {
			return []string{"sh", "three.sh", python, filepath.Join(t.TempDir(), "second")}
		},
		processes: []string{"worker.py", "worker.py", "worker.py"},
		lanes:     []string{`^first 4$`, `^second 4$`, `^third 4$`},
		arrows:    30,
	},
	{
		name: "Python starts Go",
		command: func(t *testing.T, python string) []string {
			return []string{python, "starts_go.py", build(t, "github.com/gocurtain/asyncio/examples/sleepers")}
		},
		processes: []string{"starts_go.py", "sleepers"},
		lanes:     []string{`^ticks$`, `^Task-2$`},
		arrows:    30,
	},
	{
		name: "Go starts Python",
		command: func(t *testing.T, python string) []string {
			return []string{build(t, "./testdata/starts_python"), python, "worker.py", "worker"}
		},
		processes: []string{"starts_python", "worker.py"},
		lanes:     []string{`^ticks$`, `^worker 4$`},
		arrows:    20,
	},
}

// script returns the command of a script, in which PYTHON stands for the Python.
func script(args ...string) func(*testing.T, string) []string {
	return func(_ *testing.T, python string) []string {
		command := []string{python}
		for _, arg := range args {
			command = append(command, strings.ReplaceAll(arg, "PYTHON", python))
		}
		return command
	}
}

// build returns the executable of a Go program.
func build(t *testing.T, pkg string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), filepath.Base(pkg))
	if out, err := exec.Command("go", "build", "-o", path, pkg).CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", pkg, err, out)
	}
	return path
}

// oldest is the first Python that has all of asyncio that the programs use.
const oldest = 11

// venv returns the Python of an environment with the libraries.
func venv(t *testing.T, p pythons.Python) string {
	t.Helper()
	if p.Minor < oldest {
		t.Skipf("the programs use asyncio.TaskGroup and asyncio.timeout, which are in 3.%d and later", oldest)
	}
	content, err := os.ReadFile("testdata/requirements.txt")
	if err != nil {
		t.Fatal(err)
	}
	var requirements []string
	for line := range strings.Lines(string(content)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			requirements = append(requirements, line)
		}
	}
	return pythons.Venv(t, p, requirements...)
}

func TestPrograms(t *testing.T) {
	curtain := pythons.Curtain(t)
	for _, p := range pythons.Chosen(t, 1) {
		t.Run(p.Version, func(t *testing.T) {
			python := venv(t, p)
			for _, prog := range all {
				t.Run(prog.name, func(t *testing.T) { prog.prove(t, curtain, python) })
			}
		})
	}
}

// prove runs a program without curtain, at each level, and with the probe alone, which leaves the
// recordings for the validator.
func (p program) prove(t *testing.T, curtain, python string) {
	command := p.command(t, python)
	want := run(t, pythons.Environ(), command...)
	for _, level := range append([]pytrace.Level{pytrace.LevelLoop}, p.levels...) {
		t.Run(string(level), func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "trace.json")
			got := run(t, pythons.Environ(), append([]string{curtain, "trace", "-o", file, "--level", string(level), "--"}, command...)...)
			summary := got.takeSummary(t)
			got.compare(t, want)
			timeline := readTimeline(t, file)
			timeline.check(t, p)
			t.Logf("%s; %s", summary, timeline)
			if level == pytrace.LevelLoop {
				timeline.picture(t, curtain, p.name)
			}
		})
	}
	t.Run("records", func(t *testing.T) { p.records(t, want, command) })
}

// result is what a program did.
type result struct {
	out, errors, status string
}

// run runs a command among the programs.
func run(t *testing.T, environ []string, command ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir = "testdata"
	cmd.Env = append(environ, "PYTHONHASHSEED=0", "PYTHONDONTWRITEBYTECODE=1")
	cmd.WaitDelay = time.Second
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if ctx.Err() != nil || cmd.ProcessState == nil {
		t.Fatalf("%q: %v, %v\n%s\n%s", command, ctx.Err(), err, &out, &errs)
	}
	return result{out.String(), errs.String(), cmd.ProcessState.String()}
}

// takeSummary cuts off what curtain says at the end, which must be all it says.
func (r *result) takeSummary(t *testing.T) string {
	t.Helper()
	before, said, ok := strings.Cut(r.errors, "curtain: ")
	if summary, rest, _ := strings.Cut(said, "\n"); ok && rest == "" {
		r.errors = before
		return summary
	}
	t.Fatalf("curtain says:\n%s%s", said, r.out)
	return ""
}

// changing is what differs between two runs of any program: how long they took, ids of objects and
// processes, and ports.
var changing = regexp.MustCompile(`\d+\.\d\ds|\d\.\d\d seconds|0x[0-9a-f]+|\[\d+\]|:\d{4,5}\b`)

func (r *result) compare(t *testing.T, want result) {
	t.Helper()
	for _, pair := range [][3]string{
		{"standard output", r.out, want.out}, {"standard error", r.errors, want.errors}, {"status", r.status, want.status},
	} {
		if got, want := changing.ReplaceAllString(pair[1], "N"), changing.ReplaceAllString(pair[2], "N"); got != want {
			t.Errorf("%s with curtain:\n%s\nand without:\n%s", pair[0], got, want)
		}
	}
	if want.out == "" {
		t.Error("the program says nothing")
	}
}
