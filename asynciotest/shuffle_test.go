// SPDX-License-Identifier: Apache-2.0

package asynciotest_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/asynciotest"
)

// orderOfFive is a body that notes in which order five tasks run.
func orderOfFive(order *[]string) asynciotest.Body {
	return func(ctx context.Context, t *asynciotest.T) {
		*order = nil
		var steps []step
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			steps = append(steps, func(context.Context) error {
				*order = append(*order, name)
				return nil
			})
		}
		together(ctx, t, steps...)
	}
}

func TestShuffle(t *testing.T) {
	seen := map[string]bool{}
	var order []string
	body := orderOfFive(&order)
	asynciotest.Shuffle(t, 200, func(ctx context.Context, t *asynciotest.T) {
		body(ctx, t)
		seen[strings.Join(order, "")] = true
		slices.Sort(order)
		if got := strings.Join(order, ""); got != "abcde" {
			t.Errorf("ran %s", got)
		}
	})
	// 200 draws from 120 orders: fewer than 50 different ones happen once in 10^20 tests.
	if len(seen) < 50 {
		t.Errorf("%d different orders in 200 runs", len(seen))
	}
}

// TestShuffleSeed: a failed run prints the seed by which it fails again in the same way.
func TestShuffleSeed(t *testing.T) {
	var order []string
	body := orderOfFive(&order)
	unlucky := func(ctx context.Context, t *asynciotest.T) {
		body(ctx, t)
		if order[0] == "e" {
			t.Error("e came first")
		}
	}
	r := record(t, func(tb testing.TB) { asynciotest.Shuffle(tb, 1000, unlucky) })
	r.wants(t, "e came first", "go test -run '^TestShuffleSeed$'")
	seed := regexp.MustCompile(`ASYNCIOTEST_SEED=(\d+)`).FindStringSubmatch(r.text())
	if seed == nil {
		t.Fatalf("no seed in:\n%s", r.text())
	}
	t.Setenv("ASYNCIOTEST_SEED", seed[1])
	first := slices.Clone(order)
	record(t, func(tb testing.TB) { asynciotest.Shuffle(tb, 1000, unlucky) }).wants(t, "e came first")
	if !slices.Equal(first, order) {
		t.Errorf("the seed leads to %v, not to %v again", order, first)
	}
	t.Setenv("ASYNCIOTEST_SEED", "seven")
	record(t, func(tb testing.TB) { asynciotest.Shuffle(tb, 1000, unlucky) }).
		wants(t, "ASYNCIOTEST_SEED=seven: set it to the number that a failed run has printed")
}
