// SPDX-License-Identifier: Apache-2.0

package interpreter

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFound(t *testing.T) {
	found := Found()
	for i, p := range found {
		t.Logf("%s %s", p.Version, p.Path)
		if !filepath.IsAbs(p.Path) || p.Minor < First || p.Minor > Last {
			t.Errorf("%+v", p)
		}
		if i > 0 && found[i-1].Minor >= p.Minor {
			t.Errorf("%s comes before %s", found[i-1].Version, p.Version)
		}
	}
	if missing := Missing(found); len(found)+len(missing) != Last-First+1 {
		t.Errorf("found are %d, missing %q", len(found), missing)
	}
}

func TestCandidates(t *testing.T) {
	t.Setenv("CURTAIN_PYTHONS", "/a/python"+string(filepath.ListSeparator)+"/b/python")
	t.Setenv("PYENV_ROOT", t.TempDir())
	bin := filepath.Join(os.Getenv("PYENV_ROOT"), "versions", "3.9.1", "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bin, "python3"), nil, 0o755); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(candidates(), " ")
	if want := "/a/python /b/python " + filepath.Join(bin, "python3") + " python3.8 "; !strings.HasPrefix(got, want) || !strings.HasSuffix(got, " python3") {
		t.Errorf("candidates are %s", got)
	}
}

func TestAsk(t *testing.T) {
	for answer, want := range map[string]Python{
		"3.12.1 /usr/bin/python3.12":    {Version: "3.12.1", Minor: 12, Path: "/usr/bin/python3.12"},
		"3.8.0 /a place/python":         {Version: "3.8.0", Minor: 8, Path: "/a place/python"},
		"2.7.18 /usr/bin/python2":       {},
		"3.12.1":                        {},
		"Welcome to my shell, stranger": {},
	} {
		script := filepath.Join(t.TempDir(), "python3")
		if err := os.WriteFile(script, []byte("#!/bin/sh\necho '"+answer+"'\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		if got, err := Ask(script); got != want || (err == nil) != (want != Python{}) {
			t.Errorf("%q: %+v, %v", answer, got, err)
		}
	}
	if _, err := Ask(filepath.Join(t.TempDir(), "python3")); err == nil {
		t.Error("an interpreter that is not there answers")
	}
}
