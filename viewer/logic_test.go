// SPDX-License-Identifier: Apache-2.0

package viewer_test

import (
	"os"
	"path/filepath"
	"testing"
)

// harness gives the files of testdata/logic their test and equal.
const harness = `
	const failures = [];
	let count = 0;
	const equal = (got, want) => {
		const [g, w] = [JSON.stringify(got), JSON.stringify(want)];
		if (g !== w) throw new Error('got ' + g + ', want ' + w);
	};
	const test = (name, body) => {
		count++;
		try { body(); } catch (error) { failures.push(name + ': ' + error.stack); }
	};
`

// TestLogic runs testdata/logic/*.js in the page: what can be tested without looking at it.
func TestLogic(t *testing.T) {
	files, err := filepath.Glob("testdata/logic/*.js")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			script, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			p := openTab(t, sample, "")
			var result struct {
				Count    int
				Failures []string
			}
			p.eval("window.result = await (async () => {"+harness+string(script)+"\nreturn { count, failures }; })()", nil)
			p.eval("result", &result)
			for _, failure := range result.Failures {
				t.Error(failure)
			}
			if result.Count == 0 {
				t.Error("no test ran")
			}
			p.checkQuiet()
		})
	}
}
