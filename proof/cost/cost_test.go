// SPDX-License-Identifier: Apache-2.0

// Package cost measures what a recording costs a Python program.
//
//	go test ./cost -v -all -count=1 -rounds 7
//
// prints the table of docs/python.md.
package cost

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/proof/internal/pythons"
	"github.com/gocurtain/asyncio/pytrace"
)

var rounds = flag.Int("rounds", 1, "how often the programs are started")

// turns is how often each program runs of all that were started together.
const turns = 15

// programs are those of testdata/cost.py, with the unit of their figures in ns.
var programs = []struct {
	name, title string
	unit        float64
}{
	{"callback", "`call_soon` and the callback's run, us", 1e3},
	{"step", "step of a task, by `sleep(0)`, us", 1e3},
	{"create", "create and await a task, us", 1e3},
	{"request", "request to a server that takes 30 us, us", 1e3},
	{"fib22", "`fib(22)`, ms", 1e6},
}

// ways of running them: without anything, at each level, under VizTracer.
var ways = append([]string{"without"}, append(levels(), "VizTracer")...)

func levels() (names []string) {
	for _, level := range pytrace.Levels() {
		names = append(names, string(level))
	}
	return names
}

// vizTracer is the latest version for a Python.
func vizTracer(p pythons.Python) string {
	switch {
	case p.Minor < 9:
		return "viztracer==0.16.3"
	case p.Minor < 10:
		return "viztracer==1.0.4"
	}
	return "viztracer==1.1.1"
}

// figures are ns by program and way, of each turn.
type figures map[[2]string][]float64

// What else the machine does falls on each way alike: all ways are started together, and then take
// turns of about 10 ms.
func TestCost(t *testing.T) {
	all := pythons.Some(t)
	found := make([]figures, len(all))
	for i, p := range all {
		found[i] = figures{}
		venv := pythons.Venv(t, p, vizTracer(p))
		size, err := exec.Command(venv, filepath.Join("testdata", "cost.py")).Output()
		if err != nil {
			t.Fatal(err)
		}
		for range *rounds {
			found[i].measure(t, venv, strings.TrimSpace(string(size)))
		}
		t.Logf("Python %s, %s", p.Version, vizTracer(p))
	}
	fmt.Print(table(all, found))
}

// measure starts the programs in each way and measures each in turn.
func (f figures) measure(t *testing.T, python, size string) {
	runners := make(map[string]*runner)
	for _, way := range ways {
		r := start(t, python, way, size)
		defer r.stop()
		runners[way] = r
	}
	for turn := range turns + 1 {
		for _, p := range programs {
			for i := range ways {
				way := ways[(i+turn)%len(ways)]
				ns, err := runners[way].measure(p.name)
				if err != nil {
					t.Fatalf("%s, %s: %v", p.name, way, err)
				}
				if turn > 0 { // the first one warms up
					f[[2]string{p.name, way}] = append(f[[2]string{p.name, way}], ns)
				}
			}
		}
	}
}

// runner is a Python that runs testdata/cost.py.
type runner struct {
	cmd   *exec.Cmd
	asks  io.Writer
	tells *bufio.Reader
}

func start(t *testing.T, python, way, size string) *runner {
	t.Helper()
	dir := t.TempDir()
	args := []string{filepath.Join("testdata", "cost.py"), size}
	environ := pythons.Environ()
	switch way {
	case "without":
	case "VizTracer":
		args = append([]string{"-m", "viztracer", "--quiet", "-o", filepath.Join(dir, "trace.json"), "--"}, args...)
	default:
		probe, err := pytrace.Install(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		environ = probe.Environ(environ, pytrace.Options{Dir: dir, Level: pytrace.Level(way)})
	}
	cmd := exec.Command(python, args...)
	cmd.Env, cmd.Stderr = environ, os.Stderr
	asks, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	tells, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return &runner{cmd, asks, bufio.NewReader(tells)}
}

// measure runs a program once and returns how many ns it says that it took.
func (r *runner) measure(program string) (ns float64, err error) {
	if _, err := fmt.Fprintln(r.asks, program); err != nil {
		return 0, err
	}
	_, err = fmt.Fscanln(r.tells, &ns)
	return ns, err
}

// stop ends it the hard way: VizTracer would write its trace.
func (r *runner) stop() {
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
}

// table says what each program takes without anything, and what each way adds to the turn beside
// it: medians of all turns.
func table(all []pythons.Python, found []figures) string {
	var b strings.Builder
	for _, p := range programs {
		fmt.Fprintf(&b, "\n| %s | %s |\n|---|%s\n", p.title, strings.Join(ways, " | "), strings.Repeat("---:|", len(ways)))
		for i, python := range all {
			_, minor, _ := strings.Cut(python.Version, ".")
			minor, _, _ = strings.Cut(minor, ".")
			fmt.Fprintf(&b, "| 3.%s |", minor)
			without := found[i][[2]string{p.name, "without"}]
			fmt.Fprintf(&b, " %.1f |", median(without)/p.unit)
			for _, way := range ways[1:] {
				added := slices.Clone(found[i][[2]string{p.name, way}])
				for turn := range added {
					added[turn] -= without[turn]
				}
				fmt.Fprintf(&b, " %+.1f |", median(added)/p.unit)
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	if n := len(sorted); n%2 == 0 {
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return sorted[len(sorted)/2]
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{{[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 2, 9}, 3}} {
		if got := median(c.values); got != c.want {
			t.Errorf("median of %v: %v, want %v", c.values, got, c.want)
		}
	}
}
