// SPDX-License-Identifier: Apache-2.0

//go:build linux

package selector_test

import (
	"testing"

	"github.com/gocurtain/asyncio/selector"
	"github.com/gocurtain/asyncio/selector/selectortest"
)

func TestEpollWithoutNanoseconds(t *testing.T) {
	selectortest.Run(t, selector.OpenCoarseEpoll)
}
