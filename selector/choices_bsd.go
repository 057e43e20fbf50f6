// SPDX-License-Identifier: Apache-2.0

//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package selector

var selectors = choices[Selector]{"selector", []choice[Selector]{
	{"kqueue", openKqueue},
	{"poll", openPoll},
	{"select", openSelect},
}}

var wakers = choices[Waker]{"waker", []choice[Waker]{
	{"pipe", openPipe},
}}
