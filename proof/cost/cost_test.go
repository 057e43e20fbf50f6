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
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/proof/internal/pythons"
	"github.com/gocurtain/asyncio/pytrace"
)

var rounds = flag.Int("rounds", 1, "how often everything is measured; the table has the medians")

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

// figures are ns by program and way, of each round.
type figures map[[2]string][]float64

// Everything is measured in rounds, so that what else the machine does falls on
// each way alike.
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
			for _, way := range ways {
				found[i].measure(t, venv, way, "0.2", strings.TrimSpace(string(size)))
			}
		}
		t.Logf("Python %s, %s", p.Version, vizTracer(p))
	}
	fmt.Print(table(all, found))
}

// measure runs the programs in one way, once.
func (f figures) measure(t *testing.T, python, way string, args ...string) {
	t.Helper()
	dir := t.TempDir()
	args = append([]string{filepath.Join("testdata", "cost.py")}, args...)
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
	cmd.Env = environ
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", way, err)
	}
	seen := 0
	for lines := bufio.NewScanner(strings.NewReader(string(out))); lines.Scan(); {
		var name string
		var ns float64
		if n, _ := fmt.Sscan(lines.Text(), &name, &ns); n == 2 {
			f[[2]string{name, way}] = append(f[[2]string{name, way}], ns)
			seen++
		}
	}
	if seen != len(programs) {
		t.Fatalf("%s: %q", way, out)
	}
}

// table says what each program takes without anything, and what each way adds.
func table(all []pythons.Python, found []figures) string {
	var b strings.Builder
	for _, p := range programs {
		fmt.Fprintf(&b, "\n| %s | %s |\n|---|%s\n", p.title, strings.Join(ways, " | "), strings.Repeat("---:|", len(ways)))
		for i, python := range all {
			_, minor, _ := strings.Cut(python.Version, ".")
			minor, _, _ = strings.Cut(minor, ".")
			fmt.Fprintf(&b, "| 3.%s |", minor)
			without := median(found[i][[2]string{p.name, "without"}])
			fmt.Fprintf(&b, " %.1f |", without/p.unit)
			for _, way := range ways[1:] {
				fmt.Fprintf(&b, " %+.1f |", (median(found[i][[2]string{p.name, way}])-without)/p.unit)
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
