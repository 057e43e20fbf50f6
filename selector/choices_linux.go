// SPDX-License-Identifier: Apache-2.0

package selector

var selectors = choices[Selector]{"selector", []choice[Selector]{
	{"epoll", openEpoll},
	{"poll", openPoll},
	{"select", openSelect},
}}

var wakers = choices[Waker]{"waker", []choice[Waker]{
	{"eventfd", openEventfd},
	{"pipe", openPipe},
}}
