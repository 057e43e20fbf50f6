// SPDX-License-Identifier: Apache-2.0

package pythons

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/kluctl/go-embed-python/pip"

	"github.com/gocurtain/asyncio/internal/need"
)

// ready is the file that says that a virtual environment is complete.
const ready = "curtain-ready"

// Venv returns the Python of a virtual environment that has the requirements, as pip takes them; it
// should be told exact versions. It is made at the first call and kept in the user's cache
// directory for all others, of any process. The test is skipped if PyPI cannot be reached, and
// fails if pip says anything else.
func Venv(tb testing.TB, p Python, requirements ...string) string {
	tb.Helper()
	base, err := cache()
	if err != nil {
		tb.Fatal(err)
	}
	key := sha256.Sum256([]byte(p.Path + "\n" + p.Version + "\n" + strings.Join(requirements, "\n")))
	dir := filepath.Join(base, fmt.Sprintf("venv-%s-%x", p.Version, key[:6]))
	venv := filepath.Join(dir, "bin", "python")
	err = alone(dir, func() error {
		if _, err := os.Stat(filepath.Join(dir, ready)); err == nil {
			if _, err := run(nil, venv, "-c", ""); err == nil {
				return nil
			}
		}
		tb.Logf("making a virtual environment of Python %s with %s", p.Version, strings.Join(requirements, " "))
		return makeVenv(p, dir, requirements)
	})
	if offline(err) {
		need.Skip(tb, need.Network, "PyPI cannot be reached: %v", err)
	}
	if err != nil {
		tb.Fatalf("virtual environment of Python %s with %q: %v", p.Version, requirements, err)
	}
	return venv
}

func makeVenv(p Python, dir string, requirements []string) error {
	if _, err := run(nil, p.Path, "-m", "venv", "--clear", "--without-pip", dir); err != nil {
		return err
	}
	venv := filepath.Join(dir, "bin", "python")
	if err := installPip(venv); err != nil {
		return err
	}
	if len(requirements) > 0 {
		if _, err := run(nil, venv, pipInstall(requirements...)...); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, ready), nil, 0o600)
}

// installPip installs the pip that a Python brings. That of the Go module brings none, so the
// module's other pip fetches one.
func installPip(venv string) error {
	if _, err := run(nil, venv, "-c", "import ensurepip"); err == nil {
		_, err := run(nil, venv, "-m", "ensurepip", "--default-pip")
		return err
	}
	lib, err := pip.NewPipLib(fmt.Sprintf("curtain-%d", os.Getpid()))
	if err != nil {
		return err
	}
	dir := lib.GetExtractedPath()
	_, err = run([]string{"PYTHONPATH=" + dir}, venv, pipInstall("--ignore-installed", "pip")...)
	return errors.Join(err, lib.Cleanup(), os.Remove(dir+".lock"))
}

// Tests returns the directory of the tests that a package's source distribution on PyPI brings, by
// the package and its exact version, as pip takes them. It is kept as [Venv] keeps its own; nobody
// may write into it. The test is skipped if PyPI cannot be reached.
func Tests(tb testing.TB, python, requirement string) string {
	tb.Helper()
	base, err := cache()
	if err != nil {
		tb.Fatal(err)
	}
	dir := filepath.Join(base, "tests-"+requirement)
	err = alone(dir, func() error {
		if _, err := os.Stat(filepath.Join(dir, ready)); err == nil {
			return nil
		}
		return unpackTests(python, requirement, dir)
	})
	if offline(err) {
		need.Skip(tb, need.Network, "PyPI cannot be reached: %v", err)
	}
	if err != nil {
		tb.Fatalf("sources of %s: %v", requirement, err)
	}
	return filepath.Join(dir, "tests")
}

// unpackScript unpacks the tests alone: a package beside them would be imported instead of the one
// that is installed.
const unpackScript = `import pathlib, sys, tarfile
archive, = pathlib.Path(sys.argv[1]).glob("*.tar.gz")
with tarfile.open(archive) as archive:
    for member in archive:
        member.name = member.name.partition("/")[2]
        if member.name.startswith("tests/"):
            archive.extract(member, sys.argv[1])
`

func unpackTests(python, requirement, dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	name, _, _ := strings.Cut(requirement, "=")
	if _, err := run(nil, python, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps", "--no-binary", name, "-d", dir, requirement); err != nil {
		return err
	}
	if _, err := run(nil, python, "-c", unpackScript, dir); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, ready), nil, 0o600)
}

func pipInstall(args ...string) []string {
	return append([]string{"-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--prefer-binary"}, args...)
}

// unreachable is what pip says without a network.
var unreachable = regexp.MustCompile(`NewConnectionError|NameResolutionError|ConnectTimeoutError|ReadTimeoutError|ProxyError|Failed to establish a new connection`)

func offline(err error) bool {
	var failed *runError
	return errors.As(err, &failed) && unreachable.MatchString(failed.text)
}
