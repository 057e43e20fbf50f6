// SPDX-License-Identifier: Apache-2.0

package transparency

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/proof/internal/pythons"
)

// Libraries that the probe hooks, and the first minor version that each is for.
var hooked = []struct {
	name, requirement string
	oldest            int
}{
	{"none", "", 8},
	{"uvloop", "uvloop==0.23.0", 8},
	{"rloop", "rloop==0.5.0", 10},
	{"trio", "trio==0.27.0", 8},
	{"nest_asyncio", "nest_asyncio==1.6.0", 8},
}

// Each function and class that the probe looks on at, or stands in the place of, is what it is
// without: its type, how it binds, its attributes, signature and pickle, and what inspect says of
// it.
func TestStandIns(t *testing.T) {
	curtain := pythons.Curtain(t)
	for _, p := range pythons.Some(t) {
		for _, library := range hooked {
			t.Run(p.Version+"/"+library.name, func(t *testing.T) {
				if library.oldest > p.Minor {
					t.Skipf("it is for Python 3.%d and later", library.oldest)
				}
				python := p
				if library.requirement != "" {
					python.Path = pythons.Venv(t, p, library.requirement)
				}
				compareStandIns(t, python, curtain, script("standins", library.name))
				imitated := script("standins", library.name, "imitated")
				imitated.environ = []string{"CURTAIN_PYTHON_COMPILED=0"}
				compareStandIns(t, python, curtain, imitated)
			})
		}
	}
}

func compareStandIns(t *testing.T, python pythons.Python, curtain string, prog program) {
	t.Helper()
	without := prog.run(t, python)
	with := prog.run(t, python, curtain, "trace", "--")
	if lines := strings.Count(without.out, "\n"); lines < 500 || without.status != "status 0" {
		t.Fatalf("%s: %d lines, %s\n%s", prog.name(), lines, without.status, without.errors)
	}
	if with.status != without.status || with.errors != without.errors {
		t.Errorf("%s: %s", prog.name(), with.differs(without))
	}
	lines := strings.Split(without.out, "\n")
	for i, line := range strings.Split(with.out, "\n") {
		if i >= len(lines) || line != lines[i] {
			t.Errorf("%s: %s", prog.name(), around(line, lines[min(i, len(lines)-1)]))
			return // what follows may be no more than moved
		}
	}
	if strings.Contains(with.curtain, "hook of") {
		t.Errorf("%s: curtain says: %s", prog.name(), with.curtain)
	}
}

// around shows where two lines go apart.
func around(with, without string) string {
	same := 0
	for same < min(len(with), len(without)) && with[same] == without[same] {
		same++
	}
	show := func(line string) string { return line[max(same-60, 0):min(same+60, len(line))] }
	return fmt.Sprintf("%.80s\nwith curtain: ...%s\nwithout:      ...%s", without, show(with), show(without))
}
