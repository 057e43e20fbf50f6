// SPDX-License-Identifier: Apache-2.0

// Package need tells what a test needs of the machine that it runs on.
//
// Where that is missing, the test is skipped. But a test that is skipped everywhere tests nothing,
// so the CI names in CURTAIN_TEST_MUST what its machines have. There the test fails instead.
package need

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Variable is the environment variable with the features that must be there, separated by spaces,
// as in "chromium python strace".
const Variable = "CURTAIN_TEST_MUST"

// Feature is something that a machine has or not.
type Feature string

// The features. A version of Python, such as "python3.12", is one too: see [PythonVersion].
const (
	CC        Feature = "cc"        // a compiler of C
	Chromium  Feature = "chromium"  // or another browser of its kind
	Namespace Feature = "namespace" // the right to make a namespace of processes
	Network   Feature = "network"   // PyPI and npm's registry
	Node      Feature = "node"
	NPM       Feature = "npm"
	Postgres  Feature = "postgres" // and a user who may run it
	Python    Feature = "python"   // any version that the probe is for
	Root      Feature = "root"     // the right to become another user
	Shell     Feature = "sh"
	Strace    Feature = "strace"
)

var features = []Feature{CC, Chromium, Namespace, Network, Node, NPM, Postgres, Python, Root, Shell, Strace}

// PythonVersion is the feature that there is an interpreter of a version, such as "3.12".
func PythonVersion(version string) Feature { return Feature("python" + version) }

// known reports whether there is a feature of that name.
func known(f Feature) bool {
	return slices.Contains(features, f) || strings.HasPrefix(string(f), string(Python))
}

// Skip ends a test for which the machine lacks a feature. It skips the test, or fails it if the
// feature must be there. format and args say what was looked for, and where.
func Skip(tb testing.TB, f Feature, format string, args ...any) {
	tb.Helper()
	must := strings.Fields(os.Getenv(Variable))
	for _, name := range must {
		if !known(Feature(name)) {
			tb.Fatalf("%s names %q, which no test needs; there are %q", Variable, name, features)
		}
	}
	if slices.Contains(must, string(f)) {
		tb.Fatalf(format+" (and "+Variable+" says that there must be %s)", append(args, f)...)
	}
	tb.Skipf(format, args...)
}

// Command returns the path of the first of the commands that is in PATH.
func Command(tb testing.TB, f Feature, names ...string) string {
	tb.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	Skip(tb, f, "no %s in PATH", strings.Join(names, ", "))
	return ""
}
