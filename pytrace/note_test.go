// SPDX-License-Identifier: Apache-2.0

package pytrace_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/internal/interpreter"
	"github.com/gocurtain/asyncio/internal/need"
	"github.com/gocurtain/asyncio/pytrace"
)

// A Python that is too old for the probe says so to the reader of the recordings, and nothing to
// its user; the sitecustomize that it would have had runs.
func TestOldPythonsLeaveANote(t *testing.T) {
	installed, err := probe()
	if err != nil {
		t.Fatal(err)
	}
	own := t.TempDir()
	if err := os.WriteFile(filepath.Join(own, "sitecustomize.py"), []byte("value = 5\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	program := "import sys; m = sys.modules.get('sitecustomize'); sys.stdout.write(repr((getattr(m, 'value', None), sys.path[1:])))"
	for _, version := range []string{"2.7", "3.6", "3.7"} {
		t.Run(version, func(t *testing.T) {
			p := python{Path: findOld(version)}
			if p.Path == "" {
				need.Skip(t, need.PythonVersion(version), "no Python %s here", version)
			}
			for _, path := range []string{"", own} {
				environ, dir := bare(), t.TempDir()
				if path != "" {
					environ = append(environ, "PYTHONPATH="+path)
				}
				without := p.Run(t, environ, "-c", program)
				with := p.Run(t, installed.Environ(environ, pytrace.Options{Dir: dir}), "-c", program)
				if with != without {
					t.Errorf("PYTHONPATH=%s: got %q, want %q", path, with, without)
				}
				if got := notes(t, dir); !strings.Contains(got, " is Python "+version) || !strings.HasSuffix(got, ", and the probe needs 3.8 or later\n") {
					t.Errorf("the note is %q", got)
				}
			}
		})
	}
}

func findOld(version string) string {
	for _, name := range append(interpreter.Pyenv(version+".*", "python"), "python"+version) {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// notes returns what was written into files of a directory for the reader.
func notes(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.note"))
	if err != nil {
		t.Fatal(err)
	}
	all := ""
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all += string(text)
	}
	return all
}

// A program for whose recording there is no room runs on, and the reason is noted.
func TestNoRoomLeavesANote(t *testing.T) {
	shell := need.Command(t, need.Shell, "sh")
	interpreter.Each(t, func(t *testing.T, p python) {
		args := []string{"-c", `ulimit -f 64 && exec "$0" "$@"`, p.Path, filepath.Join("testdata", "sleepers.py")}
		p.Path = shell
		without := p.Run(t, bare(), args...)
		with, dir := traced(t, p, pytrace.Options{}, args...)
		if with != without {
			t.Errorf("got %q, want %q", with, without)
		}
		if got, want := notes(t, dir), "sleepers.py: no recording could be made: File too large\n"; got != want {
			t.Errorf("the note is %q, want %q", got, want)
		}
	})
}

// What is not recorded of a program that is recorded leaves a note.
func TestPartsThatAreLeftOut(t *testing.T) {
	denied := "left_out.py: no recording could be made: Permission denied"
	interpreter.Each(t, func(t *testing.T, p python) {
		for how, want := range map[string]string{
			"threads": "left_out.py: 7 of its threads: at most 256 of a process are\n",
			"thread":  denied,
			"fork":    denied,
		} {
			t.Run(how, func(t *testing.T) {
				if how != "threads" && os.Getuid() != 0 {
					need.Skip(t, need.Root, "only root may become somebody else")
				}
				res, dir := traced(t, p, pytrace.Options{Records: 1 << 10}, filepath.Join("testdata", "left_out.py"), how)
				if res.Status != "exit status 0" || res.Errors != "" {
					t.Errorf("%s\n%s", res.Status, res.Errors)
				}
				got := notes(t, dir)
				for _, src := range follow(t, dir) {
					got += src.Note()
				}
				if got != want {
					t.Errorf("the note is %q, want %q", got, want)
				}
			})
		}
	})
}
