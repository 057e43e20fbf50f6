// SPDX-License-Identifier: Apache-2.0

// Package interpreter finds the Pythons of a machine and runs them, for tests.
package interpreter

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// The versions for which there is a probe, as minor versions of Python 3.
const (
	First = 8
	Last  = 14
)

// Python is an interpreter.
type Python struct {
	Version string // such as "3.12.1"
	Minor   int    // such as 12
	Path    string // the executable
}

// Found returns one interpreter for each version from 3.8 to 3.14 that the machine has, the oldest
// first. It takes the first one in CURTAIN_PYTHONS (a list of paths, like PATH), then in pyenv,
// then on PATH.
func Found() []Python { return slices.Clone(find()) }

var find = sync.OnceValue(func() (found []Python) {
	for _, candidate := range candidates() {
		// An interpreter that does not run does not count.
		if p, err := Ask(candidate); err == nil && p.Minor >= First && p.Minor <= Last && !Has(found, p.Minor) {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, func(p, q Python) int { return cmp.Compare(p.Minor, q.Minor) })
	return found
})

// Has reports whether found has one of a minor version.
func Has(found []Python, minor int) bool {
	return slices.ContainsFunc(found, func(p Python) bool { return p.Minor == minor })
}

// Missing says which versions found lacks, and what to do about it.
func Missing(found []Python) (lines []string) {
	for minor := First; minor <= Last; minor++ {
		if !Has(found, minor) {
			lines = append(lines, fmt.Sprintf("no Python 3.%d here: list one in CURTAIN_PYTHONS", minor))
		}
	}
	return lines
}

// candidates returns what may be an interpreter.
func candidates() []string {
	paths := filepath.SplitList(os.Getenv("CURTAIN_PYTHONS"))
	paths = append(paths, Pyenv("*", "python3")...)
	for minor := First; minor <= Last; minor++ {
		paths = append(paths, fmt.Sprintf("python3.%d", minor))
	}
	return append(paths, "python3")
}

// Pyenv returns the executables of a name that pyenv has for a version, which may be a pattern such
// as 2.7.*.
func Pyenv(version, name string) []string {
	root := os.Getenv("PYENV_ROOT")
	if root == "" {
		home, _ := os.UserHomeDir()
		root = filepath.Join(home, ".pyenv")
	}
	found, _ := filepath.Glob(filepath.Join(root, "versions", version, "bin", name))
	return found
}

// Ask asks an interpreter for its version and its real path: a shim of pyenv would run another one
// in another directory.
func Ask(path string) (Python, error) {
	cmd := exec.Command(path, "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3], sys.executable)")
	cmd.Env = Environ()
	out, err := cmd.Output()
	if err != nil {
		return Python{}, fmt.Errorf("%s: %w", path, err)
	}
	var p Python
	p.Version, p.Path, _ = strings.Cut(strings.TrimSpace(string(out)), " ")
	if _, err := fmt.Sscanf(p.Version, "3.%d.", &p.Minor); err != nil || p.Path == "" {
		return Python{}, fmt.Errorf("%s is no Python 3", path)
	}
	return p, nil
}

// Environ returns the environment of this process without the variables that mislead Python or
// switch on a recording.
func Environ() []string {
	return slices.DeleteFunc(os.Environ(), func(e string) bool {
		return strings.HasPrefix(e, "PYTHON") || strings.HasPrefix(e, "ASYNCIO_") || strings.HasPrefix(e, "VIRTUAL_ENV=") ||
			strings.HasPrefix(e, "CURTAIN_PYTHON=")
	})
}
