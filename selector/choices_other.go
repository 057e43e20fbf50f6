// SPDX-License-Identifier: Apache-2.0

//go:build !(linux || darwin || dragonfly || freebsd || netbsd || openbsd)

package selector

var (
	selectors = choices[Selector]{noun: "selector"}
	wakers    = choices[Waker]{noun: "waker"}
)
