// SPDX-License-Identifier: Apache-2.0

package pytrace_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/internal/interpreter"
)

// The probe's modules can be read one after the other: none uses one that uses it.
func TestNoCircleOfModules(t *testing.T) {
	if _, err := probe(); err != nil {
		t.Fatal(err)
	}
	found := interpreter.Found()
	if len(found) == 0 {
		t.Skip("no Python here: list one in CURTAIN_PYTHONS")
	}
	res := found[len(found)-1].Run(t, bare(), filepath.Join("testdata", "circles.py"), probeDir)
	if res.Errors != "" {
		t.Fatal(res.Errors)
	}
	uses := map[string][]string{}
	for line := range strings.Lines(res.Out) {
		names := strings.Fields(line)
		uses[names[0]] = names[1:]
	}
	failAtCircles(t, uses, 30)
}

// So can the recorder's files, of which a .c and its .h are one.
func TestNoCircleOfFilesInC(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("recorder", "*.[ch]"))
	if err != nil {
		t.Fatal(err)
	}
	owners, words := map[string]string{}, map[string][]string{} // of functions; in the bodies of each
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		for line := range strings.Lines(string(text)) {
			code, _, _ := strings.Cut(line, "//")
			if match := functionInC.FindStringSubmatch(code); match != nil && (strings.Contains(match[0], " inline ") || !strings.HasPrefix(code, "static ")) {
				owners[match[1]] = name
			}
			if strings.TrimLeft(code, "\t ") == code {
				_, code, _ = strings.Cut(code, "{") // else it is a declaration
			}
			words[name] = append(words[name], wordInC.FindAllString(code, -1)...)
		}
	}
	uses := map[string][]string{}
	for name := range words {
		for _, word := range words[name] {
			if owner, found := owners[word]; found && owner != name && !slices.Contains(uses[name], owner) {
				uses[name] = append(uses[name], owner)
			}
		}
	}
	failAtCircles(t, uses, 10)
}

var (
	functionInC = regexp.MustCompile(`^\w[\w ]*[ *](\w+)\([^;]*\) \{`) // its first line
	wordInC     = regexp.MustCompile(`\w+`)
)

// failAtCircles fails if something uses what uses it, or if not even so many are known that do use
// something.
func failAtCircles(t *testing.T, uses map[string][]string, atLeast int) {
	t.Helper()
	var path []string
	left := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if i := slices.Index(path, name); i >= 0 {
			t.Errorf("a circle: %s", strings.Join(append(path[i:len(path):len(path)], name), " -> "))
			return
		}
		if left[name] {
			return
		}
		path = append(path, name)
		for _, used := range uses[name] {
			visit(used)
		}
		path = path[:len(path)-1]
		left[name] = true
	}
	some := 0
	for _, name := range slices.Sorted(maps.Keys(uses)) {
		visit(name)
		if len(uses[name]) > 0 {
			some++
		}
	}
	if some < atLeast {
		t.Errorf("only %d use something: %v", some, uses)
	}
}
