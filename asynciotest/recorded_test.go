// SPDX-License-Identifier: Apache-2.0

package asynciotest_test

import (
	"context"
	"os"
	"testing"

	"github.com/gocurtain/asyncio/asynciotest"
)

// TestManyRunsAreNotRecorded: a recording has some megabytes, and an exploration thousands of runs.
// The one run of a test, or of a seed, is recorded.
func TestManyRunsAreNotRecorded(t *testing.T) {
	body := func(ctx context.Context, t *asynciotest.T) { together(ctx, t, yield, yield) }
	for _, c := range []struct {
		name string
		run  func(t *testing.T)
		want int
	}{
		{"Explore", func(t *testing.T) { asynciotest.Explore(t, asynciotest.ExploreConfig{}, body) }, 0},
		{"Shuffle", func(t *testing.T) { asynciotest.Shuffle(t, 3, body) }, 0},
		{"Shuffle once", func(t *testing.T) { t.Setenv("ASYNCIOTEST_SEED", "1"); asynciotest.Shuffle(t, 3, body) }, 1},
		{"Run", func(t *testing.T) { asynciotest.Run(t, body) }, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("ASYNCIO_TRACE", dir)
			c.run(t)
			files, err := os.ReadDir(dir)
			if err != nil || len(files) != c.want {
				t.Errorf("%d files (%v), want %d", len(files), err, c.want)
			}
		})
	}
}
