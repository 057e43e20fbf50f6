// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// Ctrl-C while curtain prepares itself must not be lost: the command does not begin.
func TestSignalBeforeTheStart(t *testing.T) {
	signals := make(chan os.Signal, 1)
	signals <- os.Interrupt
	began := filepath.Join(t.TempDir(), "began")
	c, err := startChild([]string{"touch", began}, os.Environ(), signals)
	var status exitStatus
	if c != nil || !errors.As(err, &status) || status != statusSignal+2 {
		t.Errorf("startChild returns %v, %v; want status 130", c, err)
	}
	if _, err := os.Stat(began); err == nil {
		t.Error("the command has run")
	}
}
