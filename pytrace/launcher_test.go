// SPDX-License-Identifier: Apache-2.0

package pytrace_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/pytrace"
)

// A program is recorded although its launcher has put another sitecustomize in front, which
// runs as without the probe, and so does a usercustomize.
func TestAnotherSitecustomizeInFront(t *testing.T) {
	own := t.TempDir()
	if err := os.Mkdir(filepath.Join(own, "behind"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sitecustomize.py", "behind/usercustomize.py"} {
		if err := os.WriteFile(filepath.Join(own, name), []byte("value = '"+name+"'\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	onEach(t, func(t *testing.T, p python) {
		for _, how := range []string{"subprocess", "inherited", "exec"} {
			t.Run(how, func(t *testing.T) {
				args := []string{filepath.Join("testdata", "launcher.py"), how, own}
				without := run(t, p, bare(), args...)
				with, dir := traced(t, p, pytrace.Options{}, args...)
				if with != without {
					t.Errorf("got %q, want %q", with, without)
				}
				if n := len(read(t, dir)); n != 1 {
					t.Errorf("%d recordings, want 1", n)
				}
			})
		}
	})
}

// A program whose directory is gone is recorded.
func TestDirectoryIsGone(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip(err)
	}
	program, err := filepath.Abs(filepath.Join("testdata", "sleepers.py"))
	if err != nil {
		t.Fatal(err)
	}
	onEach(t, func(t *testing.T, p python) {
		args := []string{"-c", `cd "$(mktemp -d)" && rmdir "$PWD" && exec "$0" "$@"`, p.Path, program}
		p.Path = shell
		without := run(t, p, bare(), args...)
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
	onEach(t, func(t *testing.T, p python) {
		program := filepath.Join("testdata", "sleepers.py")
		without, with := run(t, p, bare(), program), run(t, p, environ, program)
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
