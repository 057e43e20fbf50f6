// SPDX-License-Identifier: Apache-2.0

package asynciotest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/gocurtain/asyncio"
)

// seedVariable names the environment variable that makes Shuffle run once, with its seed.
const seedVariable = "ASYNCIOTEST_SEED"

// Shuffle runs body runs times, each time as [Run] does, but with the handles of each turn in a
// random order. It stops at the first run that fails, and prints its seed. It needs luck to find a
// bug, so prefer [Explore] for a test that is small enough. ASYNCIO_TRACE records only a run whose
// seed was given.
func Shuffle(tb testing.TB, runs int, body Body) {
	tb.Helper()
	if text := os.Getenv(seedVariable); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			tb.Fatalf("%s=%s: set it to the number that a failed run has printed", seedVariable, text)
		}
		report(tb, shuffled(tb, seed, body, nil))
		return
	}
	for range runs {
		seed := rand.Uint64()
		if o := shuffled(tb, seed, body, unrecorded()); o.failed || o.skipped {
			tb.Logf("order shuffled; to see it again: %s", again(tb, seedVariable, fmt.Sprint(seed)))
			report(tb, o)
		}
	}
}

// again returns the command that runs the test again with an environment variable.
func again(tb testing.TB, variable, value string) string {
	return fmt.Sprintf("%s=%s go test -run '^%s$'", variable, value, tb.Name())
}

// unrecorded returns hooks for one run of many, nil for none: ASYNCIO_TRACE must not make a file
// for each.
func unrecorded() asyncio.Hooks {
	if os.Getenv("ASYNCIO_TRACE") == "" {
		return nil
	}
	return asyncio.NopHooks{}
}

func shuffled(tb testing.TB, seed uint64, body Body, hooks asyncio.Hooks) outcome {
	return runVirtual(tb, body, hooks, shuffle{rand.New(rand.NewPCG(seed, 0))}, false)
}

// shuffle is a random order.
type shuffle struct{ random *rand.Rand }

// Next implements [asyncio.Order].
func (s shuffle) Next(ready []asyncio.Choice) int { return s.random.IntN(ofThisTurn(ready)) }

// ofThisTurn counts the handles that are not of a later turn. These come first.
func ofThisTurn(ready []asyncio.Choice) int {
	n := slices.IndexFunc(ready, func(r asyncio.Choice) bool { return r.Later })
	if n < 0 {
		return len(ready)
	}
	return n
}

// Uses implements [asyncio.Order].
func (shuffle) Uses(uint64) {}
