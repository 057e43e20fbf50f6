// SPDX-License-Identifier: Apache-2.0

//go:build !race

package asyncio_test

// raced: the race detector is off.
const raced = false
