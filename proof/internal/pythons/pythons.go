// SPDX-License-Identifier: Apache-2.0

// Package pythons gives the proofs what they run: interpreters, virtual environments, and curtain
// itself.
package pythons

import (
	"bytes"
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

	"github.com/gocurtain/asyncio/internal/interpreter"
	"github.com/gocurtain/asyncio/internal/need"
)

// embedded is the version that a Go module carries.
const embedded = 14

// Python is an interpreter.
type Python = interpreter.Python

// All returns an interpreter of each version from 3.8 to 3.14 that there is, the oldest first, and
// logs which are missing. Of each version it is the first one among those in CURTAIN_PYTHONS (a
// list of paths, like PATH), those of pyenv, and those on PATH; 3.14 comes from a Go module if
// there is no other. Without any the test is skipped.
func All(tb testing.TB) []Python {
	tb.Helper()
	found, missing := interpreters()
	for _, why := range missing {
		tb.Log(why)
	}
	if len(found) == 0 {
		need.Skip(tb, need.Python, "no Python 3.8 to 3.14 here: list some in CURTAIN_PYTHONS")
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

// Some returns the interpreters for a proof that takes long: the latest two, or all with the flag
// -all.
func Some(tb testing.TB) []Python {
	tb.Helper()
	return Chosen(tb, 2)
}

// Chosen returns the interpreters for a proof that takes very long: the latest n, or all with the
// flag -all.
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
	found = interpreter.Found()
	if !interpreter.Has(found, embedded) {
		p, err := unpack()
		if err == nil {
			found = append(found, p)
		} else {
			missing = append(missing, fmt.Sprintf("3.%d cannot be unpacked: %v", embedded, err))
		}
	}
	return found, append(missing, interpreter.Missing(found)...)
})

// unpack unpacks the interpreter of the Go module, which sees to it that only one process does so
// at a time.
func unpack() (Python, error) {
	dir, err := cache()
	if err != nil {
		return Python{}, err
	}
	p, err := python.NewEmbeddedPythonWithTmpDir(filepath.Join(dir, fmt.Sprintf("python3.%d", embedded)), true)
	if err != nil {
		return Python{}, err
	}
	path, err := p.GetExePath()
	if err != nil {
		return Python{}, err
	}
	return interpreter.Ask(path)
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

// run runs a command with some variables more, without the probe, and returns what it printed. Its
// error ends with the last line that the command complained with.
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

// Environ is [interpreter.Environ].
func Environ() []string { return interpreter.Environ() }
