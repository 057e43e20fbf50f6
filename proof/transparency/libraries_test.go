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
	sources      string // what brings the tests, "" if they lie in the package
	config       string // pytest's
	flags        []string
	tests        []string
	part         []string // files of them that are quick
}

var libraries = []library{
	{
		name: "anyio",
		requirements: []string{"anyio==4.16.0", "trio==0.31.0", "uvloop==0.23.0", "trustme==1.2.1", "psutil==7.2.2", "exceptiongroup==1.3.2",
			"pytest-mock==3.15.1"},
		sources: "anyio==4.16.0", config: "anyio_mode = auto\nfilterwarnings = error\nmarkers =\n  network: x\n",
		tests: []string{"tests"}, part: []string{"tests/test_to_thread.py", "tests/test_from_thread.py"},
	},
	{
		name:         "uvloop",
		requirements: []string{"uvloop==0.23.0", "psutil==7.2.2", "pyOpenSSL==26.4.0"},
		sources:      "uvloop==0.23.0", flags: []string{"--import-mode=importlib"},
		tests: []string{"tests"}, part: []string{"tests/test_context.py", "tests/test_pipes.py", "tests/test_udp.py"},
	},
	{
		name:         "trio",
		requirements: []string{"trio==0.31.0", "trustme==1.2.1", "pyOpenSSL==26.4.0"},
		config:       "filterwarnings = error\nmarkers =\n  redistributors_should_skip: x\n",
		flags:        []string{"-p", "trio._tests.pytest_plugin", "--import-mode=importlib"},
		tests:        []string{"trio/_core/_tests", "trio/_tests"},
		part:         []string{"trio/_core/_tests/test_run.py", "trio/_core/_tests/test_instrumentation.py", "trio/_core/_tests/test_guest_mode.py"},
	},
	{
		name: "aiohttp",
		requirements: []string{"aiohttp==3.14.5", "trustme==1.2.1", "uvloop==0.23.0", "blockbuster==1.5.29", "pytest-mock==3.15.1", "re-assert==1.1.0",
			"freezegun==1.5.5", "proxy.py==2.4.10", "time-machine==3.6.0", "pytest-xdist==3.8.0"},
		sources: "aiohttp==3.14.5", config: "markers =\n  dev_mode: x\n  internal: x\n  skip_blockbuster: x\n  autobahn: x\n",
		tests: []string{"tests"}, part: []string{"tests/test_web_server.py", "tests/test_base_protocol.py", "tests/test_client_proto.py"},
	},
}

// The test suites of libraries that do with loops what few programs do come out the same with and
// without curtain, one by one.
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
					results: absolute(t, "testdata"), dir: l.directory(t, python.Path),
				}
				s.compare(t)
			})
		}
	}
}

// directory returns that of the library's tests.
func (l library) directory(t *testing.T, python string) string {
	t.Helper()
	if l.sources != "" {
		dir := t.TempDir()
		if err := os.CopyFS(filepath.Join(dir, "tests"), os.DirFS(pythons.Tests(t, python, l.sources))); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	out, err := exec.CommandContext(t.Context(), python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
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
	c := comparison{python: s.python, level: "loop", exceptions: s.exceptions, alone: func(t *testing.T, level, test string) result {
		return s.run(t, level, strings.TrimPrefix(test, s.name+"/"))[test]
	}}
	c.compare(t, with, without)
}

// run runs tests and returns the results by names that begin with the library's.
func (s *librarySuite) run(t *testing.T, level string, tests ...string) map[string]result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), moduleTime)
	defer cancel()
	out := t.TempDir()
	config, results := filepath.Join(out, "pytest.ini"), filepath.Join(out, "results")
	if err := os.WriteFile(config, []byte("[pytest]\ntimeout = 120\n"+s.config), 0o600); err != nil {
		t.Fatal(err)
	}
	args := append([]string{s.python.Path, "-m", "pytest", "-q", "-c", config, "--rootdir", s.dir, "-p", "no:cacheprovider",
		"-p", "pytest_results", "--continue-on-collection-errors"}, s.flags...)
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
	named := map[string]result{}
	for test, r := range found {
		named[s.name+"/"+test] = r
	}
	return named
}
