// SPDX-License-Identifier: Apache-2.0

package house

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// knot lists the files of the runtime that cannot be understood one without the other: each uses
// declarations of the others, directly or through other files. Loop, future and task are one knot;
// all else is to be above or below it. How a file gets out is in DESIGN.md.
var knot = strings.Fields(`
	clock.go context.go exception.go future.go handle.go iscancellation.go loop.go outside.go
	owner.go stack.go suspend.go task.go timer.go tree.go turn.go waiters.go watchdog.go
`)

// uses says which declarations of which other files a file uses.
type uses map[string][]string

func TestKnot(t *testing.T) {
	files, err := fileUses(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range checkKnot(files, "loop.go", knot) {
		t.Error(problem)
	}
}

// fileUses returns what each file of the package in dir uses of the others. It checks types, and
// the source of what is imported with them: so it takes a second.
func fileUses(dir string) (map[string]uses, error) {
	pkg, err := build.ImportDir(dir, 0)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	var parsed []*ast.File
	files := map[string]uses{}
	for _, name := range pkg.GoFiles {
		f, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, f)
		files[name] = uses{}
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: importer.ForCompiler(fset, "source", nil)}
	checked, err := config.Check(module, fset, parsed, info)
	if err != nil {
		return nil, err
	}
	in := func(pos token.Pos) string { return filepath.Base(fset.Position(pos).Filename) }
	for ident, object := range info.Uses {
		if object.Pkg() != checked {
			continue
		}
		from, to := in(ident.Pos()), in(object.Pos())
		if from != to && !slices.Contains(files[from][to], object.Name()) {
			files[from][to] = append(files[from][to], object.Name())
		}
	}
	return files, nil
}

// checkKnot compares the files that are in one knot with file with a list of them.
func checkKnot(files map[string]uses, file string, want []string) (problems []string) {
	got := knotOf(files, file)
	for _, name := range got {
		if !slices.Contains(want, name) {
			problems = append(problems, fmt.Sprintf("%s has joined the knot of %s: %s", name, file, ties(files, name, got)))
		}
	}
	for _, name := range want {
		if !slices.Contains(got, name) {
			problems = append(problems, fmt.Sprintf("%s is no longer in the knot of %s: take it off the list", name, file))
		}
	}
	return problems
}

// knotOf returns the files that use file and that it uses, over any number of others.
func knotOf(files map[string]uses, file string) (names []string) {
	below := reached(files, file)
	for _, name := range slices.Sorted(maps.Keys(below)) {
		if reached(files, name)[file] {
			names = append(names, name)
		}
	}
	return names
}

// reached are the files that file uses, over any number of others.
func reached(files map[string]uses, file string) map[string]bool {
	seen := map[string]bool{}
	for next := []string{file}; len(next) > 0; {
		name := next[0]
		next = next[1:]
		for to := range files[name] {
			if !seen[to] {
				seen[to] = true
				next = append(next, to)
			}
		}
	}
	return seen
}

// ties says through which declarations name is in a knot.
func ties(files map[string]uses, name string, knot []string) string {
	var uses, used []string
	for _, other := range knot {
		if names := files[name][other]; names != nil {
			uses = append(uses, fmt.Sprintf("%s of %s", oneOf(names), other))
		}
		if names := files[other][name]; names != nil {
			used = append(used, fmt.Sprintf("%s in %s", oneOf(names), other))
		}
	}
	return fmt.Sprintf("it uses %s; used are %s", strings.Join(uses, ", "), strings.Join(used, ", "))
}

// oneOf names one of names, and that there are others.
func oneOf(names []string) string {
	first := slices.Min(names)
	if len(names) > 1 {
		return fmt.Sprintf("%s (and %d more)", first, len(names)-1)
	}
	return first
}

// TestKnotCatches feeds the checker what it is to find.
func TestKnotCatches(t *testing.T) {
	files := map[string]uses{
		"loop.go":   {"task.go": {"task"}, "errors.go": {"ErrClosed"}},
		"task.go":   {"loop.go": {"Loop", "ready"}, "errors.go": {"ErrClosed"}},
		"errors.go": {},
		"graph.go":  {"loop.go": {"Loop"}},
	}
	for _, c := range []struct {
		name string
		list []string
		want string
	}{
		{"as listed", []string{"loop.go", "task.go"}, ""},
		{"joined", []string{"loop.go"},
			"task.go has joined the knot of loop.go: it uses Loop (and 1 more) of loop.go; used are task in loop.go"},
		{"left", []string{"errors.go", "loop.go", "task.go"},
			"errors.go is no longer in the knot of loop.go: take it off the list"},
	} {
		if got := strings.Join(checkKnot(files, "loop.go", c.list), "\n"); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
