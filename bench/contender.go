// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/kluctl/go-embed-python/python"

	"github.com/gocurtain/asyncio/internal/interpreter"
)

const (
	keyOurs     = "asyncio"
	keyNoHooks  = "asyncio-without-hooks"
	keyRecorded = "asyncio-recorded"
	keySites    = "asyncio-recorded-with-sites"
	keyGo       = "go"
	keyPython13 = "cpython3.13"
	keyPython14 = "cpython3.14"
	keyUvloop   = "uvloop"
	keyRloop    = "rloop"
)

// The loops from PyPI, in the versions compared with.
var pypi = []struct{ key, version string }{
	{keyUvloop, "0.23.0"},
	{keyRloop, "0.5.0"},
}

// A contender can run workloads.
type contender struct {
	Key     string `json:"key"`
	Name    string `json:"name"`              // with the version
	Skipped string `json:"skipped,omitempty"` // why it takes no part

	argv []string // command line up to the name of the workload
	loop string   // for Python: the loop
	env  []string // besides that of this program
}

// command gives the command that runs a workload once.
func (c *contender) command(workload string, n int) *exec.Cmd {
	args := append(slices.Clone(c.argv[1:]), workload)
	if c.loop != "" {
		args = append(args, c.loop)
	}
	cmd := exec.Command(c.argv[0], append(args, strconv.Itoa(n))...)
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "PYTHONASYNCIODEBUG=", "ASYNCIO_DEBUG=", "ASYNCIO_TRACE=")
	cmd.Env = append(cmd.Env, c.env...)
	return cmd
}

// findContenders finds all of them; dir is a directory of their own. Those that this machine has
// not got are marked as skipped.
func findContenders(pythons []string, script, dir string) []*contender {
	var all []*contender
	self, err := os.Executable()
	for _, key := range []string{keyOurs, keyGo} {
		name := "asyncio for Go"
		if key == keyGo {
			name = strings.Replace(runtime.Version(), "go", "Go ", 1)
		}
		c := &contender{Key: key, Name: name, argv: []string{self, childCommand, key}}
		c.skip(err)
		all = append(all, c)
	}
	all = append(all, findVariants(self, dir)...)

	for _, path := range pythons {
		all = append(all, newPython(path, script))
	}
	for _, p := range []struct {
		key, name string
		find      func() (string, error)
	}{
		{keyPython13, "CPython 3.13", findPython13},
		{keyPython14, "CPython 3.14", embeddedPython14},
	} {
		if slices.ContainsFunc(all, func(c *contender) bool { return c.Key == p.key }) {
			continue // by -python
		}
		path, err := p.find()
		if err != nil {
			all = append(all, &contender{Key: p.key, Name: p.name, Skipped: err.Error()})
			continue
		}
		all = append(all, newPython(path, script))
	}

	venv, err := "", errors.New("needs CPython 3.13")
	if i := slices.IndexFunc(all, func(c *contender) bool { return c.Key == keyPython13 && c.Skipped == "" }); i >= 0 {
		venv, err = makeVenv(all[i].argv[0])
	}
	for _, p := range pypi {
		c := &contender{Key: p.key, Name: p.key + " " + p.version, loop: p.key}
		c.argv = []string{filepath.Join(venv, "bin", "python"), script}
		if err == nil {
			c.skip(install(c.argv[0], p.key, p.version))
		} else {
			c.skip(err)
		}
		all = append(all, c)
	}
	return all
}

func (c *contender) skip(err error) {
	if err != nil {
		c.Skipped = err.Error()
	}
}

// newPython asks an interpreter for its version.
func newPython(path, script string) *contender {
	c := &contender{Key: path, Name: path, argv: []string{path, script}, loop: "asyncio"}
	p, err := interpreter.Ask(path)
	if err != nil {
		c.skip(err)
	} else {
		c.Key, c.Name = fmt.Sprintf("cpython3.%d", p.Minor), "CPython "+p.Version
	}
	return c
}

// findPython13 looks for CPython 3.13 where [interpreter.Found] does.
func findPython13() (string, error) {
	found := interpreter.Found()
	i := slices.IndexFunc(found, func(p interpreter.Python) bool { return p.Minor == 13 })
	if i < 0 {
		return "", errors.New("no Python 3.13 here: list one in CURTAIN_PYTHONS, or name one with -python")
	}
	return found[i].Path, nil
}

// cacheDir is where the harness keeps what it set up, for the next time.
func cacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		base = os.TempDir()
	}
	dir := filepath.Join(base, "gocurtain-asyncio-bench")
	return dir, os.MkdirAll(dir, 0o755)
}

// embeddedPython14 unpacks the interpreter that a Go module carries.
func embeddedPython14() (string, error) {
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	embedded, err := python.NewEmbeddedPythonWithTmpDir(filepath.Join(cache, "python3.14"), false)
	if err != nil {
		return "", err
	}
	return embedded.GetExePath()
}

// makeVenv makes a virtual environment, or finds the one made earlier.
func makeVenv(python string) (string, error) {
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	venv := filepath.Join(cache, "venv3.13")
	if _, err := output(filepath.Join(venv, "bin", "python"), "-c", ""); err == nil {
		return venv, nil
	}
	progress("making a virtual environment in %s", venv)
	_, err = output(python, "-m", "venv", "--clear", venv)
	return venv, err
}

// install makes sure that a virtual environment has this version of a package.
func install(python, name, version string) error {
	check := fmt.Sprintf("import %s, importlib.metadata as m; assert m.version(%q) == %q", name, name, version)
	if _, err := output(python, "-c", check); err == nil {
		return nil
	}
	progress("installing %s %s", name, version)
	if _, err := output(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:", name+"=="+version); err != nil {
		return err
	}
	_, err := output(python, "-c", check)
	return err
}

// output runs a command and gives what it printed, or the last line of its complaint.
func output(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if line := lastLine(stderr.String()); line != "" {
			return "", errors.New(line)
		}
		return "", err
	}
	return strings.TrimSpace(stdout.String()), nil
}
