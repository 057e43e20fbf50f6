// SPDX-License-Identifier: Apache-2.0

// Package versions proves that the probe does its work on every version of Python: it runs the
// tests of package pytrace with the interpreters that this module finds.
package versions

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/proof/internal/pythons"
)

// What the tests of pytrace say of a program that uses all of asyncio: how many runs have a cause,
// and an arrow.
var figures = regexp.MustCompile(`(?m)^ +level_loop_test\.go:\d+: (3\.\d+: .*)$`)

func TestProbeOnEveryVersion(t *testing.T) {
	all := pythons.All(t)
	var paths []string
	for _, p := range all {
		paths = append(paths, p.Path)
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-v", "github.com/gocurtain/asyncio/pytrace")
	cmd.Env = append(pythons.Environ(), "CURTAIN_PYTHONS="+strings.Join(paths, string(filepath.ListSeparator)))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, line := range figures.FindAllStringSubmatch(string(out), -1) {
		t.Log(line[1])
	}
	for _, p := range all {
		version := p.Version[:strings.LastIndexByte(p.Version, '.')]
		for _, test := range []string{"TestEverythingHasACause", "TestTimelineHasArrows"} {
			if want := "--- PASS: " + test + "/" + version + " "; !strings.Contains(string(out), want) {
				t.Errorf("%s did not run on Python %s", test, version)
			}
		}
	}
}
