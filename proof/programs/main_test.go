// SPDX-License-Identifier: Apache-2.0

//go:build unix

package programs

import (
	"os"
	"testing"

	"github.com/gocurtain/asyncio/internal/browser"
)

func TestMain(m *testing.M) { os.Exit(browser.Run(m)) }
