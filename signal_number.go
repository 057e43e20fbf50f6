// SPDX-License-Identifier: Apache-2.0

//go:build !plan9

package asyncio

import (
	"os"
	"syscall"
)

func signalNumber(sig os.Signal) int {
	s, _ := sig.(syscall.Signal)
	return int(s)
}
