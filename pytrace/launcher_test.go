// SPDX-License-Identifier: Apache-2.0

package pytrace_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/internal/interpreter"
	"github.com/gocurtain/asyncio/internal/need"
	"github.com/gocurtain/asyncio/pytrace"
)

// A program is recorded although its launcher has put another sitecustomize in front, which runs as
// without the probe, and so does a usercustomize.
func TestAnotherSitecustomizeInFront(t *testing.T) {
	shell := need.Command(t, need.Shell, "sh")
	own := t.TempDir()
	if err := os.Mkdir(filepath.Join(own, "behind"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sitecustomize.py", "behind/usercustomize.py"} {
		if err := os.WriteFile(filepath.Join(own, name), []byte("value = '"+name+"'\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	interpreter.Each(t, func(t *testing.T, p python) {
		virtual := virtual(t, p)
		for _, how := range []string{"subprocess", "inherited", "execve", "execl", "execl fails", "posix_spawn", "posix_spawn environ", "system"} {
			t.Run(how, func(t *testing.T) { checkLauncher(t, virtual, how, own) })
		}
		t.Run("not compiled", func(t *testing.T) {
			t.Setenv("CURTAIN_PYTHON_COMPILED", "0")
			for _, how := range []string{"subprocess", "inherited", "execve", "execl fails", "posix_spawn environ"} {
				t.Run(how, func(t *testing.T) { checkLauncher(t, virtual, how, own) })
			}
		})
		t.Run("bare", func(t *testing.T) { checkLauncher(t, p, "subprocess", own) })
		t.Run("a shell launches", func(t *testing.T) {
			p := p
			launched := []string{p.Path, filepath.Join("testdata", "launcher.py"), "launched", own}
			p.Path = shell
			checkRecorded(t, p, append([]string{"-c", `PYTHONPATH="$0:$PYTHONPATH:$0/behind" exec "$@"`, own}, launched...))
		})
	})
}

func checkLauncher(t *testing.T, p python, how, own string) {
	t.Helper()
	checkRecorded(t, p, []string{"-bb", filepath.Join("testdata", "launcher.py"), how, own})
}

// checkRecorded runs a program that has one recording, and what it writes as without.
func checkRecorded(t *testing.T, p python, args []string) {
	t.Helper()
	without := p.Run(t, bare(), args...)
	with, dir := traced(t, p, pytrace.Options{}, args...)
	if with != without {
		t.Errorf("got %q, want %q", with, without)
	}
	if n := len(read(t, dir)); n != 1 {
		t.Errorf("%d recordings, want 1", n)
	}
}

// virtual makes a virtual environment, in which Python looks for no usercustomize.
func virtual(t *testing.T, p python) python {
	t.Helper()
	dir := t.TempDir()
	if res := p.Run(t, bare(), "-m", "venv", "--without-pip", dir); res.Status != "exit status 0" {
		t.Fatal(res.Errors)
	}
	p.Path = filepath.Join(dir, "bin", "python")
	return p
}

// A program below two curtains is recorded by the inner one, and only once.
func TestTwoCurtains(t *testing.T) {
	var probes [2]*pytrace.Probe
	for i := range probes {
		var err error
		if probes[i], err = pytrace.Install(filepath.Join(t.TempDir(), "probe")); err != nil {
			t.Fatal(err)
		}
	}
	onBoth(t, func(t *testing.T, p python) {
		program := filepath.Join("testdata", "sleepers.py")
		without := p.Run(t, bare(), program)
		outer, inner := t.TempDir(), t.TempDir()
		environ := probes[0].Environ(bare(), pytrace.Options{Dir: outer})
		environ = probes[1].Environ(environ, pytrace.Options{Dir: inner})
		if with := p.Run(t, environ, program); with != without {
			t.Errorf("got %q, want %q", with, without)
		}
		if n, m := len(read(t, inner)), len(read(t, outer)); n != 1 || m != 0 {
			t.Errorf("%d recordings of the inner and %d of the outer, want 1 and 0", n, m)
		}
	})
}

// Another finder may do what the probe's does: ask all others.
func TestAnotherFinderAsksAllOthers(t *testing.T) {
	onBoth(t, func(t *testing.T, p python) { checkRecorded(t, p, []string{filepath.Join("testdata", "finder.py")}) })
}

// A program whose directory is gone is recorded.
func TestDirectoryIsGone(t *testing.T) {
	shell := need.Command(t, need.Shell, "sh")
	program, err := filepath.Abs(filepath.Join("testdata", "sleepers.py"))
	if err != nil {
		t.Fatal(err)
	}
	interpreter.Each(t, func(t *testing.T, p python) {
		args := []string{"-c", `cd "$(mktemp -d)" && rmdir "$PWD" && exec "$0" "$@"`, p.Path, program}
		p.Path = shell
		without := p.Run(t, bare(), args...)
		with, dir := traced(t, p, pytrace.Options{}, args...)
		if with != without {
			t.Errorf("got %q, want %q", with, without)
		}
		if n := len(read(t, dir)); n != 1 {
			t.Errorf("%d recordings, want 1; notes %q", n, notes(t, dir))
		}
	})
}

// A probe that cannot start says why to the reader of the recordings, and nothing to its user.
func TestFailureAtTheStartLeavesANote(t *testing.T) {
	broken, err := pytrace.Install(filepath.Join(t.TempDir(), "probe"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	environ := broken.Environ(bare(), pytrace.Options{Dir: dir})
	for _, variable := range environ {
		if path, ok := strings.CutPrefix(variable, "PYTHONPATH="); ok {
			if err := os.Remove(filepath.Join(path, "_curtain_probe", "threads.py")); err != nil {
				t.Fatal(err)
			}
		}
	}
	interpreter.Each(t, func(t *testing.T, p python) {
		program := filepath.Join("testdata", "sleepers.py")
		without, with := p.Run(t, bare(), program), p.Run(t, environ, program)
		if with != without {
			t.Errorf("got %q, want %q", with, without)
		}
		got := notes(t, dir)
		if want := "the probe could not start in " + p.Path + ": ModuleNotFoundError: No module named '_curtain_probe.threads'\n"; !strings.HasSuffix(got, want) {
			t.Errorf("the note is %q, want %q", got, want)
		}
		found, err := filepath.Glob(filepath.Join(dir, "*.note"))
		if err != nil {
			t.Fatal(err)
		}
		for _, note := range found {
			if err := os.Remove(note); err != nil {
				t.Error(err)
			}
		}
	})
}
