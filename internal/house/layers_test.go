// SPDX-License-Identifier: Apache-2.0

package house

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/gocurtain/asyncio"

// root is where the module lies, seen from here.
const root = "../.."

// layers says what each package may import of this module, floor by floor, each name relative to
// the module and "." for the root. What only tests import is free.
//
// The recorder lies below the root although it is made of the root's hooks: Run obeys ASYNCIO_TRACE
// in a program that imports nothing else.
var layers = map[string]string{
	// Floor 0: ground.
	"internal/sys":         "",
	"internal/seal":        "",
	"internal/ring":        "",
	"internal/timerheap":   "",
	"internal/store":       "internal/ring",
	"internal/coro":        "internal/sys",
	"internal/entry":       "",
	"internal/caller":      "",
	"internal/printable":   "",
	"internal/interpreter": "internal/need",    // for tests
	"internal/need":        "",                 // for tests
	"internal/browser":     "internal/need",    // for tests
	"internal/engines":     "internal/browser", // for tests
	"internal/house":       "",                 // tests about the tree
	"internal/descriptors": "",                 // for tests
	"trace":                "internal/sys",
	"waitgraph":            "internal/printable",

	// Floor 1: the kernel's readiness, and what records mean.
	"selector":              "internal/sys",
	"selector/selectortest": "internal/sys selector",
	"internal/story":        "trace",
	"trace/model":           "trace",
	"trace/validate":        "trace",
	"record":                "internal/caller internal/seal internal/sys trace",

	// Floor 2: the runtime, and what draws its records. They do not know each other.
	".":              "internal/caller internal/coro internal/entry internal/printable internal/ring internal/seal internal/store internal/sys internal/timerheap record selector trace waitgraph",
	"trace/timeline": "trace trace/model",
	"viewer":         "",
	"pytrace":        "",

	// Floor 3: what makes files of pictures, and figures of the runtime.
	"export/chrome": "trace trace/timeline",
	"metrics":       ".",

	// Floors 4 to 6: what is built on them.
	"asynciotest":       ". internal/caller internal/descriptors internal/entry internal/printable selector selector/selectortest trace",
	"internal/session":  "internal/sys trace trace/model trace/timeline",
	"internal/cli":      "export/chrome internal/session internal/sys pytrace trace viewer",
	"cmd/curtain":       "internal/cli",
	"parity":            "",
	"examples":          "",
	"examples/hello":    ".",
	"examples/sleepers": ".",
	"examples/fdwatch":  ".",
}

// onlySys is what no package but internal/sys may import.
const onlySys = "golang.org/x/sys"

// runtimeRoot is the package that, with all that it imports, keeps to the standard library and
// internal/sys.
const runtimeRoot = "."

// testKits are packages that only tests may import.
var testKits = []string{"selector/selectortest", "asynciotest", "internal/browser", "internal/engines", "internal/interpreter", "internal/need"}

// A listedPackage is what go list says of one.
type listedPackage struct {
	ImportPath string
	Doc        string
	Imports    []string
}

// name is the path relative to the module.
func (p listedPackage) name() string { return relative(p.ImportPath) }

func relative(path string) string {
	if path == module {
		return "."
	}
	return strings.TrimPrefix(path, module+"/")
}

func isOurs(path string) bool { return path == module || strings.HasPrefix(path, module+"/") }

func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

func TestLayers(t *testing.T) {
	packages, err := listPackages(module + "/...")
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range checkLayers(packages, layers) {
		t.Error(problem)
	}
}

func listPackages(patterns ...string) (packages []listedPackage, err error) {
	out, err := exec.Command("go", append([]string{"list", "-json=ImportPath,Doc,Imports"}, patterns...)...).Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return nil, fmt.Errorf("go list: %w\n%s", err, exit.Stderr)
	} else if err != nil {
		return nil, err
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listedPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
}

// checkLayers returns what is wrong with the packages, one line each.
func checkLayers(packages []listedPackage, table map[string]string) (problems []string) {
	byName := map[string]listedPackage{}
	for _, p := range packages {
		byName[p.name()] = p
		problems = append(problems, checkPackage(p, table)...)
	}
	for _, name := range slices.Sorted(maps.Keys(table)) {
		if _, ok := byName[name]; !ok {
			problems = append(problems, fmt.Sprintf("%s: in the table, but there is no such package", name))
		}
	}
	return append(problems, checkRuntime(byName, runtimeRoot, map[string]bool{})...)
}

func checkPackage(p listedPackage, table map[string]string) (problems []string) {
	name := p.name()
	allowed, ok := table[name]
	if !ok {
		problems = append(problems, fmt.Sprintf("%s: not in the table of layers_test.go: which floor is it on?", name))
	}
	if p.Doc == "" {
		problems = append(problems, fmt.Sprintf("%s: no package comment", name))
	}
	for _, path := range p.Imports {
		switch {
		case isOurs(path) && slices.Contains(testKits, relative(path)) && !slices.Contains(testKits, name):
			problems = append(problems, fmt.Sprintf("%s: imports %s, which is for tests", name, relative(path)))
		case ok && isOurs(path) && !slices.Contains(strings.Fields(allowed), relative(path)):
			problems = append(problems, fmt.Sprintf("%s: may not import %s", name, relative(path)))
		case strings.HasPrefix(path, onlySys) && name != "internal/sys":
			problems = append(problems, fmt.Sprintf("%s: imports %s, which only internal/sys may", name, path))
		}
	}
	return problems
}

// checkRuntime follows the imports of the runtime down to the standard library.
func checkRuntime(byName map[string]listedPackage, name string, seen map[string]bool) (problems []string) {
	if seen[name] {
		return nil
	}
	seen[name] = true
	for _, path := range byName[name].Imports {
		switch {
		case isOurs(path):
			problems = append(problems, checkRuntime(byName, relative(path), seen)...)
		case !isStandard(path) && !strings.HasPrefix(path, onlySys):
			problems = append(problems, fmt.Sprintf("%s: a part of the runtime imports %s", name, path))
		}
	}
	return problems
}

// TestLayersCatches feeds the checker one broken package per rule.
func TestLayersCatches(t *testing.T) {
	table := map[string]string{".": "trace", "trace": "", "selector/selectortest": ""}
	good := func(name string, imports ...string) listedPackage {
		path := module + "/" + name
		if name == "." {
			path = module
		}
		return listedPackage{ImportPath: path, Doc: "Package x.", Imports: imports}
	}
	root, traces, kit := good(".", module+"/trace", "time"), good("trace", "io"), good("selector/selectortest")
	for _, c := range []struct {
		name     string
		packages []listedPackage
		want     string
	}{
		{"good", []listedPackage{root, traces, kit}, ""},
		{"upwards", []listedPackage{root, good("trace", module), kit}, "trace: may not import ."},
		{"unknown", []listedPackage{root, traces, kit, good("new")}, "new: not in the table"},
		{"gone", []listedPackage{root, traces}, "selector/selectortest: in the table, but"},
		{"no comment", []listedPackage{root, {ImportPath: module + "/trace"}, kit}, "trace: no package comment"},
		{"x/sys", []listedPackage{root, good("trace", "golang.org/x/sys/unix"), kit}, "trace: imports golang.org/x/sys/unix, which only"},
		{"library", []listedPackage{root, good("trace", "example.com/x"), kit}, "trace: a part of the runtime imports example.com/x"},
		{"test kit", []listedPackage{good(".", module+"/selector/selectortest"), traces, kit}, ".: imports selector/selectortest, which is for tests"},
	} {
		t.Run(c.name, func(t *testing.T) {
			problems := checkLayers(c.packages, table)
			switch {
			case c.want == "" && len(problems) > 0:
				t.Errorf("problems are %q, want none", problems)
			case c.want != "" && (len(problems) != 1 || !strings.HasPrefix(problems[0], c.want)):
				t.Errorf("problems are %q, want one that begins with %q", problems, c.want)
			}
		})
	}
}
