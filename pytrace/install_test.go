// SPDX-License-Identifier: Apache-2.0

package pytrace_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/internal/interpreter"
	"github.com/gocurtain/asyncio/pytrace"
)

func TestInstallWritesWhatIsEmbedded(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "probe")
	if _, err := pytrace.Install(dir); err != nil {
		t.Fatal(err)
	}
	for _, source := range sources(t) {
		name, _ := filepath.Rel("probe", source)
		want, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(got) != string(want) {
			t.Errorf("%s: %v", name, err)
		}
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
	}
	if _, err := pytrace.Install(dir); err != nil {
		t.Errorf("a second time: %v", err)
	}
}

// sources returns the files of the probe.
func sources(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("probe/*.py")
	more, err2 := filepath.Glob("probe/_curtain_probe/*.py")
	if files = append(files, more...); err != nil || err2 != nil || len(files) < 5 {
		t.Fatal(files, err, err2)
	}
	return files
}

func TestInstallRefusesPathsThatPythonPathCannotHold(t *testing.T) {
	if _, err := pytrace.Install(filepath.Join(t.TempDir(), "a:b")); err == nil {
		t.Error("a path with a colon was accepted")
	}
}

func TestEnviron(t *testing.T) {
	dir := t.TempDir()
	probe, err := pytrace.Install(dir)
	if err != nil {
		t.Fatal(err)
	}
	before := []string{"A=1", "PYTHONPATH=/old", "ASYNCIO_TRACE=/x", "ASYNCIO_TRACE_INCLUDE=y", "PYTHONPATH=/lib"}
	kept := slices.Clone(before)
	got := probe.Environ(before, pytrace.Options{Dir: "/out", Level: pytrace.LevelLines, Exclude: []string{"a", "b.*"}, Records: 64})
	want := []string{"A=1", "PYTHONPATH=" + dir + ":/lib", "ASYNCIO_TRACE=/out", "ASYNCIO_TRACE_LEVEL=lines",
		"ASYNCIO_TRACE_EXCLUDE=a,b.*", "ASYNCIO_TRACE_RECORDS=64"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if !slices.Equal(before, kept) {
		t.Error("the environment that was given is changed")
	}
}

// Every file says its licence and stays short, and none names this machine.
func TestSourcesKeepTheRules(t *testing.T) {
	programs, err := filepath.Glob("testdata/*.py")
	if err != nil {
		t.Fatal(err)
	}
	home, _ := os.UserHomeDir()
	for _, source := range append(sources(t), programs...) {
		content, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(content), "# SPDX-License-Identifier: Apache-2.0\n") {
			t.Errorf("%s has no licence line", source)
		}
		if n := strings.Count(string(content), "\n"); n > 600 {
			t.Errorf("%s has %d lines", source, n)
		}
		if len(home) > 1 && strings.Contains(string(content), home+"/") {
			t.Errorf("%s names a path of this machine", source)
		}
	}
}

// A sitecustomize that the program would have had runs as it would have, and none is seen where
// there was none.
func TestTheNextSitecustomizeRuns(t *testing.T) {
	installed, err := probe()
	if err != nil {
		t.Fatal(err)
	}
	own := t.TempDir()
	if err := os.WriteFile(filepath.Join(own, "sitecustomize.py"), []byte("print('own', __name__)\nvalue = 5\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	program := "import sys; m = sys.modules.get('sitecustomize'); print(getattr(m, 'value', None), sys.path[1:])"
	interpreter.Each(t, func(t *testing.T, p python) {
		for _, path := range []string{"", own} {
			environ := bare()
			if path != "" {
				environ = append(environ, "PYTHONPATH="+path)
			}
			without := p.Run(t, environ, "-c", program)
			with := p.Run(t, installed.Environ(environ, pytrace.Options{Dir: t.TempDir()}), "-c", program)
			if with != without {
				t.Errorf("PYTHONPATH=%s: got %q, want %q", path, with, without)
			}
		}
	})
}

// A recording never has the name of an earlier one, which its reader has read and removed.
func TestNamesAreNotUsedAgain(t *testing.T) {
	interpreter.Each(t, func(t *testing.T, p python) {
		res, _ := traced(t, p, pytrace.Options{}, filepath.Join("testdata", "again.py"))
		if want := "1 recording; used again: []\n"; res.Out != want {
			t.Errorf("got %q, want %q; %s", res.Out, want, res.Errors)
		}
	})
}
