// SPDX-License-Identifier: Apache-2.0

package transparency

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio/proof/internal/pythons"
)

// A library has a test suite of its own, of which a part runs, and all of it with -all.
type library struct {
	name         string
	requirements []string
	sdist        string // what brings the tests, "" if they lie in the package
	config       string // pytest's
	flags        []string
	tests, part  []string
}

var libraries = []library{
	{
		name:         "anyio",
		requirements: []string{"anyio==4.16.0", "trio==0.31.0", "uvloop==0.23.0", "trustme==1.2.1", "psutil", "exceptiongroup", "pytest-mock"},
		sdist:        "anyio==4.16.0", config: "anyio_mode = auto\nfilterwarnings = error\nmarkers =\n  network: x\n",
		tests: []string{"tests"}, part: []string{"tests/test_to_thread.py", "tests/test_from_thread.py"},
	},
	{
		name:         "uvloop",
		requirements: []string{"uvloop==0.23.0", "psutil", "pyOpenSSL"},
		sdist:        "uvloop==0.23.0", flags: []string{"--import-mode=importlib"},
		tests: []string{"tests"}, part: []string{"tests/test_base.py", "tests/test_context.py", "tests/test_pipes.py"},
	},
	{
		name:         "trio",
		requirements: []string{"trio==0.31.0", "trustme==1.2.1", "pyOpenSSL"},
		config:       "filterwarnings = error\nmarkers =\n  redistributors_should_skip: x\n",
		flags:        []string{"-p", "trio._tests.pytest_plugin", "--import-mode=importlib"},
		tests:        []string{"trio/_core/_tests", "trio/_tests"},
		part:         []string{"trio/_core/_tests/test_run.py", "trio/_core/_tests/test_instrumentation.py", "trio/_core/_tests/test_guest_mode.py"},
	},
	{
		name: "aiohttp",
		requirements: []string{"aiohttp==3.14.5", "trustme==1.2.1", "uvloop==0.23.0", "blockbuster", "pytest-mock", "re-assert",
			"freezegun", "proxy.py", "time-machine", "pytest-xdist"},
		sdist: "aiohttp==3.14.5", config: "markers =\n  dev_mode: x\n  internal: x\n  skip_blockbuster: x\n  autobahn: x\n",
		tests: []string{"tests"}, part: []string{"tests/test_web_server.py", "tests/test_base_protocol.py", "tests/test_client_proto.py"}, // none is about time
	},
}

// The test suites of libraries that do with loops what few programs do come out the same with
// and without curtain, one by one.
func TestLibrarySuites(t *testing.T) {
	curtain := pythons.Curtain(t)
	list := readExceptions(t)
	for _, p := range pythons.All(t) {
		if p.Minor != 13 && !(pythons.Every() && (p.Minor == 11 || p.Minor == 12)) {
			continue // one is enough without -all
		}
		for _, l := range libraries {
			t.Run(p.Version+"/"+l.name, func(t *testing.T) {
				python := p
				python.Path = pythons.Venv(t, p, append([]string{"pytest==8.4.2", "pytest-timeout==2.4.0"}, l.requirements...)...)
				s := &librarySuite{
					library: l, python: python, curtain: curtain, exceptions: list,
					results: absolute(t, "testdata"), dir: l.unpack(t, python.Path),
				}
				s.compare(t)
			})
		}
	}
}

// unpack returns the directory of the library's sources, which has its tests.
func (l library) unpack(t *testing.T, python string) string {
	t.Helper()
	if l.sdist == "" {
		out, err := exec.CommandContext(t.Context(), python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), python, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", l.name, "-d", dir, l.sdist)
	cmd.Env = pythons.Environ()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("no sources of %s from PyPI: %v\n%s", l.sdist, err, out)
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.tar.gz"))
	if err != nil || len(found) != 1 {
		t.Fatalf("sources of %s: %q, %v", l.sdist, found, err)
	}
	if out, err := exec.CommandContext(t.Context(), "tar", "-xzf", found[0], "-C", dir, "--strip-components=1", "--wildcards", "*/tests").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}

type librarySuite struct {
	library
	python                Python
	curtain, results, dir string
	exceptions            exceptions
}

// Python is an interpreter.
type Python = pythons.Python

func (s *librarySuite) compare(t *testing.T) {
	tests := s.part
	if pythons.Every() {
		tests = s.tests
	}
	without, with := s.run(t, plain, tests...), s.run(t, "loop", tests...)
	ran := 0
	for _, r := range without {
		if r.Outcome == "pass" {
			ran++
		}
	}
	t.Logf("%d tests, %d of them pass without curtain", len(without), ran)
	if ran < 20 {
		t.Errorf("hardly any test of %s ran: %d of %d: %v", s.name, ran, len(without), without)
	}
	for _, test := range different(with, without) {
		if s.exceptions.why(s.python, "loop", test) == "" {
			s.again(t, test, with[test], without[test])
		}
	}
}

// again runs a test that came out differently three times more, alone, to tell what curtain
// does from chance.
func (s *librarySuite) again(t *testing.T, test string, with, without result) {
	for range 3 {
		if a, b := s.run(t, "loop", test)[test], s.run(t, plain, test)[test]; !a.same(b) {
			t.Errorf("%s: %s, without curtain: %s\nalone: %s, without curtain: %s\n%s%s", test, with, without, a, b, a.Text, b.Text)
			return
		}
	}
	t.Logf("chance: three times alone it is the same with and without: %s: %s, without curtain: %s", test, with, without)
}

func (s *librarySuite) run(t *testing.T, level string, tests ...string) map[string]result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), moduleTime)
	defer cancel()
	out := t.TempDir()
	config, results := filepath.Join(out, "pytest.ini"), filepath.Join(out, "results")
	if err := os.WriteFile(config, []byte("[pytest]\ntimeout = 120\n"+s.config), 0o600); err != nil {
		t.Fatal(err)
	}
	args := append([]string{s.python.Path, "-m", "pytest", "-q", "-c", config, "--rootdir", s.dir, "-p", "no:cacheprovider", "-p", "pytest_results"}, s.flags...)
	if level != plain {
		args = append([]string{s.curtain, "trace", "--level", level, "-o", filepath.Join(out, "trace.json.gz"), "--"}, args...)
	}
	args = append(args, tests...)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir, cmd.WaitDelay = s.dir, 10*time.Second
	cmd.Env = append(pythons.Environ(), "PYTHONPATH="+s.results, "RESULTS="+results, "PYTHONHASHSEED=0", "PYTHONDONTWRITEBYTECODE=1", "TMPDIR="+out)
	text, err := cmd.CombinedOutput()
	found, complete := readResults(t, results)
	if !complete {
		t.Logf("%s at level %q: %v\n%s", strings.Join(tests, " "), level, err, text[max(len(text)-2000, 0):])
	}
	return found
}
