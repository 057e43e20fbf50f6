// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"fmt"
	"os"

	"github.com/gocurtain/asyncio/record"
)

// hooksFromEnvironment returns the hooks that the environment asks for, if any: a recorder if
// ASYNCIO_TRACE names a directory. So curtain can trace a program in which no line was changed.
func hooksFromEnvironment(loop string) (Hooks, func() error, error) {
	dir := os.Getenv("ASYNCIO_TRACE")
	if dir == "" {
		return nil, nil, nil
	}
	r, err := record.Create(dir, record.Options{Sites: os.Getenv("ASYNCIO_TRACE_SITES") != "0"})
	if err != nil {
		return nil, nil, fmt.Errorf("ASYNCIO_TRACE=%s: %w", dir, err)
	}
	return r, r.Close, nil
}

// debugFromEnvironment reports whether ASYNCIO_DEBUG asks for debug mode: "", "0" and "false" mean
// no.
func debugFromEnvironment() (bool, error) {
	switch v := os.Getenv("ASYNCIO_DEBUG"); v {
	case "", "0", "false":
		return false, nil
	case "1", "true":
		return true, nil
	default:
		return false, fmt.Errorf("ASYNCIO_DEBUG=%s: set it to 1 or 0", v)
	}
}
