// SPDX-License-Identifier: Apache-2.0

package pythons

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

const command = "github.com/gocurtain/asyncio/cmd/curtain"

// Curtain returns the path of curtain, built from the sources that this module stands beside.
func Curtain(tb testing.TB) string {
	tb.Helper()
	path, err := curtain()
	if err != nil {
		tb.Fatalf("go build %s: %v", command, err)
	}
	return path
}

// curtain builds it once in a process, in a place that other copies of the sources do not use.
var curtain = sync.OnceValues(func() (string, error) {
	base, err := cache()
	if err != nil {
		return "", err
	}
	sources, err := run(nil, "go", "list", "-f", "{{.Dir}}", command)
	if err != nil {
		return "", err
	}
	key := sha256.Sum256([]byte(sources))
	dir := filepath.Join(base, fmt.Sprintf("curtain-%x", key[:6]))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	path := filepath.Join(dir, "curtain")
	return path, alone(dir, func() error {
		_, err := run(nil, "go", "build", "-buildvcs=false", "-o", path, command)
		return err
	})
})
