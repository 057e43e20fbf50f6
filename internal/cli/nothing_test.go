// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestKeepsProbeOut(t *testing.T) {
	dir := t.TempDir()
	script := func(name, line string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(line+"\nprint()\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for command, option := range map[string]string{
		"python3 a.py":                    "",
		"python3 -I a.py":                 "-I",
		"/usr/bin/python3.11 -uE a.py":    "-E",
		"python -W ignore -S -m app":      "-S",
		"python -Wignore -X dev -Sc pass": "-S",
		"python -Xdev -c -I":              "",
		"python -m app -I":                "",
		"python -":                        "",
		"python --version -I":             "",
		"python -uWI a.py":                "",
		"python":                          "",
		"sh -I":                           "",
		script("isolated", "#!/usr/bin/python3 -I"):      "-I",
		script("env", "#!/usr/bin/env -S python3 -s -E"): "-E",
		script("plain", "#!/usr/bin/python3") + " -I":    "",
		script("env2", "#! /usr/bin/env python3"):        "",
		script("shell", "#!/bin/sh -E"):                  "",
		script("text", "print"):                          "",
		script("hash", "#!"):                             "",
		"no/such/command -I":                             "",
	} {
		got := keepsProbeOut(strings.Fields(command))
		if want := " is started with " + option + ","; (option == "") != (got == "") || option != "" && !strings.Contains(got, want) {
			t.Errorf("%s: %q, want option %q", command, got, option)
		}
	}
}

// Notes are as little to be trusted as the programs.
func TestReadNotes(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"1.note": "a\nmore", "2.note": "a", "3.note": "\x1b[31mred\u202e", "4.note": "", "5.note": strings.Repeat("x", 1000), "other": "other",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/dev/zero", filepath.Join(dir, "6.note")); err != nil {
		t.Skip(err)
	}
	want := []string{"a", "[31mred", strings.Repeat("x", maxNote)}
	if got := readNotes(dir); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
