// SPDX-License-Identifier: Apache-2.0

//go:build unix

package trace

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// What only has the name of a recording is refused at once: a pipe that nobody writes into, a
// device without end, a directory.
func TestFollowTakesFilesOnly(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name+Extension) }
	for name, err := range map[string]error{
		"pipe":      syscall.Mkfifo(path("pipe"), 0o600),
		"device":    os.Symlink("/dev/zero", path("device")),
		"directory": os.Mkdir(path("directory"), 0o700),
	} {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Follow(path(name)); !errors.Is(err, ErrFormat) {
			t.Errorf("a %s: %v, want ErrFormat", name, err)
		}
	}
}
