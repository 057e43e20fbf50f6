// SPDX-License-Identifier: Apache-2.0

package pytrace_test

import (
	"path/filepath"
	"testing"

	"github.com/gocurtain/asyncio/internal/interpreter"
	"github.com/gocurtain/asyncio/pytrace"
	"github.com/gocurtain/asyncio/trace"
)

// A function of C that belongs to a module is called by its name alone, as its object, the module,
// says nothing that the name does not. One of a type has that in front.
func TestNamesOfFunctionsOfC(t *testing.T) {
	interpreter.Each(t, func(t *testing.T, p python) {
		for _, compiled := range []string{"1", "0"} {
			t.Run("compiled "+compiled, func(t *testing.T) {
				t.Setenv("CURTAIN_PYTHON_COMPILED", compiled)
				_, dir := traced(t, p, pytrace.Options{Level: pytrace.LevelFunctions, Records: 1 << 18},
					filepath.Join("testdata", "c_calls.py"))
				called := map[string]bool{}
				for _, rec := range read(t, dir)[0] {
					if rec.Kind == trace.KindCallBegin {
						called[rec.src.Site(rec.Site).Function] = true
					}
				}
				for _, name := range []string{"print", "gcd", "monotonic", "list.append", "str.join", "dict.fromkeys"} {
					if !called[name] {
						t.Errorf("no call of %s", name)
					}
				}
				for _, name := range []string{"module.print", "module.gcd", "module.monotonic"} {
					if called[name] {
						t.Errorf("there is a call of %s", name)
					}
				}
			})
		}
	})
}
