// SPDX-License-Identifier: Apache-2.0

package session

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/export/chrome"
)

// Only text that is called a source file is read, whatever a recording names.
func TestReadSource(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) {
		if err := os.WriteFile(at(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	link := func(to, name string) {
		if err := os.Symlink(to, at(name)); err != nil {
			t.Skip(err)
		}
	}
	write("good.py", "a\n")
	write("good.go", "package a\n")
	write("latin.py", "# \xe9\n")
	write("secret", "password\n")
	write("binary.py", "a\x00b")
	write("large.py", strings.Repeat("x", 101))
	link(at("good.py"), "link.py")
	link(at("secret"), "hidden.py")
	link("loop.py", "loop.py")
	link("/dev/zero", "endless.py")
	if err := os.Mkdir(at("directory.py"), 0o700); err != nil {
		t.Fatal(err)
	}
	// By the command, which exists where there are such files; without it the file is missing.
	if out, err := exec.Command("mkfifo", at("pipe.py")).CombinedOutput(); err != nil {
		t.Logf("no pipe to try: %v %s", err, out)
	}
	for name, want := range map[string]string{
		at("good.py"): "a\n", at("good.go"): "package a\n", at("latin.py"): "# \ufffd\n", at("link.py"): "a\n",
		at("secret"): "", at("hidden.py"): "", at("binary.py"): "", at("large.py"): "", at("loop.py"): "", at("endless.py"): "",
		at("directory.py"): "", at("pipe.py"): "", at("missing.py"): "", "good.py": "", "<string>.py": "", "": "", "/etc/passwd": "",
	} {
		got, ok := readSource(name, 100)
		if got != want || ok != (want != "") {
			t.Errorf("%s: got %q, %v, want %q", filepath.Base(name), got, ok, want)
		}
	}
}

// A file is read once, as it was then, and all of them only up to a size.
func TestSourceFilesAreBounded(t *testing.T) {
	dir := t.TempDir()
	var buf bytes.Buffer
	l := newSourceFiles(chrome.NewWriter(&buf))
	l.room = 25
	for i := range 3 {
		name := filepath.Join(dir, fmt.Sprint(i, ".py"))
		for _, text := range []string{"first 1234", "second 123"} {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			l.note(7, name)
		}
	}
	if err := l.file.Close(); err != nil {
		t.Fatal(err)
	}
	if got := buf.String(); strings.Count(got, "first") != 2 || strings.Contains(got, "second") {
		t.Errorf("the trace is\n%s", got)
	}
}
