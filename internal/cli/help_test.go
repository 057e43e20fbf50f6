// SPDX-License-Identifier: Apache-2.0

//go:build unix

package cli_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/help anew")

func TestHelp(t *testing.T) {
	for name, args := range map[string][]string{
		"curtain": {"help"},
		"trace":   {"help", "trace"},
		"view":    {"view", "--help"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := exec.Command("curtain", args...).Output()
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata/help", name+".txt")
			if *update {
				if err := os.WriteFile(path, got, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != string(want) {
				t.Errorf("the help text is\n%s\nwant\n%s\nif it is right, run go test ./internal/cli -run TestHelp -update", got, want)
			}
		})
	}
}
