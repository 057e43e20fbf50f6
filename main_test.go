// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"testing"

	"github.com/gocurtain/asyncio/asynciotest"
)

// TestMain fails a run that leaks goroutines, coroutines or descriptors.
func TestMain(m *testing.M) { asynciotest.Main(m) }
