// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestVetSeesCopies: go vet reports each copy of a thing that must not be copied.
func TestVetSeesCopies(t *testing.T) {
	const file = "testdata/copies/copies.go"
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "vet", "-copylocks", "./testdata/copies").CombinedOutput()
	if err == nil {
		t.Error("go vet finds nothing")
	}
	copies := 0
	for i, line := range strings.Split(string(source), "\n") {
		_, what, ok := strings.Cut(line, "// copy of ")
		if !ok {
			continue
		}
		copies++
		if !strings.Contains(string(out), fmt.Sprintf("copies.go:%d:", i+1)) {
			t.Errorf("go vet does not see the copy of %s", what)
		}
	}
	if copies < 17 || t.Failed() {
		t.Errorf("%d copies; go vet says\n%s", copies, out)
	}
}
