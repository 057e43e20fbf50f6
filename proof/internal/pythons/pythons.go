// SPDX-License-Identifier: Apache-2.0

// Package pythons gives the proofs what they run: interpreters, virtual
// environments, and curtain itself.
package pythons

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gofrs/flock"
	"github.com/kluctl/go-embed-python/python"
)

// The versions that the probe is made for, as minor versions of Python 3.
const first, last = 8, 14

// embedded is the version that a Go module carries.
const embedded = 14

// Python is an interpreter that was found.
type Python struct {
	Version string // such as "3.12.1"
	Minor   int    // such as 12
	Path    string // the executable
}

// All returns an interpreter of each version from 3.8 to 3.14 that there is, the
// oldest first, and logs which are missing. Of each version it is the first one
// among those in CURTAIN_PYTHONS (a list of paths, like PATH), those of pyenv, and
// those on PATH; 3.14 comes from a Go module if there is no other. Without any
// the test is skipped.
func All(tb testing.TB) []Python {
	tb.Helper()
	found, missing := interpreters()
	for _, why := range missing {
		tb.Log(why)
	}
	if len(found) == 0 {
		tb.Skip("no Python 3.8 to 3.14 here: list some in CURTAIN_PYTHONS")
	}
	return slices.Clone(found)
}

// Latest returns the n latest of [All].
func Latest(tb testing.TB, n int) []Python {
	tb.Helper()
	all := All(tb)
	return all[max(len(all)-n, 0):]
}

// all is the flag that lets a proof that takes long run on all.
var all = flag.Bool("all", false, "run on every Python, not just on the latest two")

// Some returns the interpreters for a proof that takes long: the latest two, or
// all with the flag -all.
func Some(tb testing.TB) []Python {
	tb.Helper()
	return Chosen(tb, 2)
}

// Chosen returns the interpreters for a proof that takes very long: the latest n, or
// all with the flag -all.
func Chosen(tb testing.TB, n int) []Python {
	tb.Helper()
	if Every() {
		return All(tb)
	}
	return Latest(tb, n)
}

// Every reports whether a proof that takes long is to run on every interpreter.
func Every() bool { return *all }

// interpreters finds them once, and says why others are missing.
var interpreters = sync.OnceValues(func() (found []Python, missing []string) {
	add := func(path string) error {
		p, err := ask(path)
		if err == nil && p.Minor >= first && p.Minor <= last && !has(found, p.Minor) {
			found = append(found, p)
		}
		return err
	}
	for _, candidate := range candidates() {
		_ = add(candidate) // one that does not run is none
	}
	if !has(found, embedded) {
		path, err := unpack()
		if err == nil {
			err = add(path)
		}
		if err != nil {
			missing = append(missing, fmt.Sprintf("3.%d cannot be unpacked: %v", embedded, err))
		}
	}
	for minor := first; minor <= last; minor++ {
		if !has(found, minor) {
			missing = append(missing, fmt.Sprintf("no Python 3.%d here: list one in CURTAIN_PYTHONS", minor))
		}
	}
	slices.SortFunc(found, func(p, q Python) int { return cmp.Compare(p.Minor, q.Minor) })
	return found, missing
})

func has(found []Python, minor int) bool {
	return slices.ContainsFunc(found, func(p Python) bool { return p.Minor == minor })
}

// candidates returns what may be an interpreter.
func candidates() []string {
	paths := filepath.SplitList(os.Getenv("CURTAIN_PYTHONS"))
	root := os.Getenv("PYENV_ROOT")
	if root == "" {
		home, _ := os.UserHomeDir()
		root = filepath.Join(home, ".pyenv")
	}
	pyenv, _ := filepath.Glob(filepath.Join(root, "versions", "*", "bin", "python3"))
	paths = append(paths, pyenv...)
	for minor := first; minor <= last; minor++ {
		paths = append(paths, fmt.Sprintf("python3.%d", minor))
	}
	return append(paths, "python3")
}

// ask asks an interpreter for its version and its real name: a shim of pyenv
// would run another one in another directory.
func ask(path string) (Python, error) {
	out, err := run(nil, path, "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3], sys.executable)")
	if err != nil {
		return Python{}, err
	}
	var p Python
	p.Version, p.Path, _ = strings.Cut(out, " ")
	if _, err := fmt.Sscanf(p.Version, "3.%d.", &p.Minor); err != nil || p.Path == "" {
		return Python{}, fmt.Errorf("%s is no Python 3", path)
	}
	return p, nil
}

// unpack unpacks the interpreter of the Go module, which sees to it that only one
// process does so at a time.
func unpack() (string, error) {
	dir, err := cache()
	if err != nil {
		return "", err
	}
	p, err := python.NewEmbeddedPythonWithTmpDir(filepath.Join(dir, fmt.Sprintf("python3.%d", embedded)), true)
	if err != nil {
		return "", err
	}
	return p.GetExePath()
}

// cache is the directory for what is made once and used by many runs.
func cache() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		base = os.TempDir()
	}
	dir := filepath.Join(base, "gocurtain-asyncio-proof")
	return dir, os.MkdirAll(dir, 0o755)
}

// alone runs a function while no other process runs one for the same path.
func alone(path string, f func() error) error {
	lock := flock.New(path + ".lock")
	if err := lock.Lock(); err != nil {
		return err
	}
	return errors.Join(f(), lock.Unlock())
}

// run runs a command with some variables more, without the probe, and returns what
// it printed. Its error ends with the last line that the command complained with.
func run(environ []string, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = append(Environ(), environ...)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	err := cmd.Run()
	if text := strings.TrimSpace(complaint.String()); err != nil && text != "" {
		err = &runError{err, text}
	}
	return strings.TrimSpace(out.String()), err
}

// A runError is a command's failure with all that it wrote to standard error.
type runError struct {
	err  error
	text string
}

func (e *runError) Error() string {
	return fmt.Sprintf("%v: %s", e.err, e.text[strings.LastIndexByte(e.text, '\n')+1:])
}

func (e *runError) Unwrap() error { return e.err }

// Environ returns the environment of this process without what leads Python
// astray, or switches on a recording.
func Environ() []string {
	return slices.DeleteFunc(os.Environ(), func(e string) bool {
		return strings.HasPrefix(e, "PYTHON") || strings.HasPrefix(e, "ASYNCIO_") || strings.HasPrefix(e, "VIRTUAL_ENV=") ||
			strings.HasPrefix(e, "CURTAIN_PYTHON=")
	})
}
