// SPDX-License-Identifier: Apache-2.0

package house

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// systems are those that all packages are for, and the processors that differ.
var systems = []string{
	"linux/386", "linux/arm64", "linux/arm", "darwin/arm64", "darwin/amd64", "freebsd/amd64", "netbsd/amd64", "openbsd/amd64", "windows/amd64",
}

// withoutSelectors are systems on which curtain has no place, but the runtime has one.
var withoutSelectors = []string{"plan9/amd64", "js/wasm", "wasip1/wasm"}

// runtimePackages are what may be imported by any program.
var runtimePackages = []string{
	".", "./internal/coro", "./internal/entry", "./internal/ring", "./internal/store", "./internal/sys", "./internal/timerheap",
	"./record", "./selector/...", "./trace/...",
}

// Every package, with its tests, has the right types on every system. Types are all that is looked
// at, so neither the standard library nor Chromium's protocol is compiled twelve times.
func TestSystems(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	sources := &sources{fset: token.NewFileSet(), files: map[string]*ast.File{}}
	for _, system := range systems {
		t.Run(system, func(t *testing.T) { sources.check(t, system, "./...") })
	}
	for _, system := range withoutSelectors {
		t.Run(system, func(t *testing.T) { sources.check(t, system, runtimePackages...) })
	}
}

// sources are files that were parsed, which all systems share.
type sources struct {
	fset  *token.FileSet
	mu    sync.Mutex
	files map[string]*ast.File
}

// listed is what go list tells of a package, or of what it is when it is compiled for a test.
type listed struct {
	ImportPath, Dir, Name string
	GoFiles               []string
	ImportMap             map[string]string
}

// check checks the types of packages and their tests.
func (s *sources) check(t *testing.T, system string, patterns ...string) {
	t.Parallel()
	goos, goarch, _ := strings.Cut(system, "/")
	checked := map[string]*types.Package{"unsafe": types.Unsafe}
	own := 0
	// What is imported comes before what imports it.
	for _, p := range list(t, goos, goarch, patterns) {
		if p.ImportPath == "unsafe" || strings.HasSuffix(p.ImportPath, ".test") { // or go test's own main
			continue
		}
		path, _, _ := strings.Cut(p.ImportPath, " ")
		ours := path == module || strings.HasPrefix(path, module+"/")
		config := types.Config{
			Importer:         importsFunc(func(path string) (*types.Package, error) { return find(checked, p, path) }),
			Sizes:            types.SizesFor("gc", goarch),
			IgnoreFuncBodies: !ours,
			Error:            func(err error) { t.Error(err) },
		}
		checked[p.ImportPath], _ = config.Check(path, s.fset, s.parse(t, p), nil) // its errors have been told
		if ours {
			own++
		}
	}
	t.Logf("%d packages, with those compiled for a test, and %d that they import", own, len(checked)-own)
}

// list returns packages, those that they import, and their tests.
func list(t *testing.T, goos, goarch string, patterns []string) (all []listed) {
	t.Helper()
	args := []string{"list", "-deps", "-test", "-json=ImportPath,Dir,Name,GoFiles,ImportMap", "--"}
	cmd := exec.Command("go", append(args, patterns...)...)
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0")
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		t.Fatalf("%v\n%s", err, exit.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// importsFunc is a function that finds what is imported.
type importsFunc func(path string) (*types.Package, error)

func (f importsFunc) Import(path string) (*types.Package, error) { return f(path) }

// find finds what a package means by a path.
func find(checked map[string]*types.Package, p listed, path string) (*types.Package, error) {
	if mapped, ok := p.ImportMap[path]; ok {
		path = mapped
	}
	if found := checked[path]; found != nil {
		return found, nil
	}
	return nil, fmt.Errorf("%s imports %s, which go list has not named before", p.ImportPath, path)
}

// parse returns the files of a package.
func (s *sources) parse(t *testing.T, p listed) (files []*ast.File) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range p.GoFiles {
		path := filepath.Join(p.Dir, name)
		if s.files[path] == nil {
			file, err := parser.ParseFile(s.fset, path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			s.files[path] = file
		}
		files = append(files, s.files[path])
	}
	return files
}
