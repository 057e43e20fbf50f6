// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
)

// markVariable in the environment makes a workload mark the begin and the end of its run with a
// system call that does nothing, and skip the warm-up.
const markVariable = "BENCH_MARK"

func marked() bool { return os.Getenv(markVariable) != "" }

func mark(text string) {
	if marked() {
		_, _ = syscall.Write(-1, []byte(text)) // fails, but shows in strace
	}
}

// countCalls runs a workload below strace and counts the system calls of its loop.
func (w workload) countCalls(c *contender, n int) (results, error) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		return nil, errors.New("strace is not installed")
	}
	file, err := os.CreateTemp("", "strace-*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	file.Close()

	cmd := c.command(strings.TrimPrefix(w.Name, "syscalls-"), n)
	cmd.Args = append([]string{strace, "-f", "-qq", "-o", file.Name(), "-e", "trace=?" + strings.Join(tracedCalls, ",?"), "--"}, cmd.Args...)
	cmd.Path = strace
	cmd.Env = append(cmd.Env, markVariable+"=1")
	if _, err := runChild(cmd); err != nil {
		return nil, err
	}
	trace, err := os.ReadFile(file.Name())
	if err != nil {
		return nil, err
	}
	calls, err := loopCalls(string(trace))
	if err != nil {
		return nil, err
	}
	found := results{"total": 0, "polls": 0, "wakeups": 0}
	for name, count := range calls {
		found[name] = float64(count)
		found["total"] += float64(count)
		switch {
		case strings.HasPrefix(name, "epoll_") && strings.Contains(name, "wait"):
			found["polls"] += float64(count)
		case name == "write" || name == "sendto":
			found["wakeups"] += float64(count)
		}
	}
	switch w.Unit {
	case "calls":
		found["value"] = found["total"]
	case "polls":
		found["value"] = found["polls"] * 1000 / float64(n)
	case "writes":
		found["value"] = found["wakeups"] / float64(max(1, n/burstSize))
	}
	return found, nil
}

// tracedCalls are the calls that a loop makes: those that make its descriptors, those on its
// descriptors, and the change of a signal's action.
var tracedCalls = []string{
	"epoll_create", "epoll_create1", "eventfd", "eventfd2", "socketpair", "pipe", "pipe2", "io_uring_setup",
	"epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "io_uring_enter",
	"read", "write", "sendto", "recvfrom", "getsockname", "getpeername", "ioctl", "fcntl", "close",
	"rt_sigaction",
}

var (
	callLine    = regexp.MustCompile(`^(\d+) +(\w+)\((.*)\) += +(-?\d+)`)
	resumedLine = regexp.MustCompile(`^(\d+) +<\.\.\. \w+ resumed>(.*)`)
	numberPair  = regexp.MustCompile(`\[(\d+), (\d+)\]`)
)

// loopCalls counts, in the output of strace -f, the calls between the two marks. Calls on a
// descriptor count only if the loop made it in that time: what Go's own poller does is not the
// loop's.
func loopCalls(trace string) (map[string]int, error) {
	counts := map[string]int{}
	descriptors := map[string]bool{}
	unfinished := map[string]string{} // by thread
	begun := false
	for line := range strings.Lines(trace) {
		line = strings.TrimSuffix(line, "\n")
		if m := resumedLine.FindStringSubmatch(line); m != nil {
			line = unfinished[m[1]] + m[2]
		} else if head, ok := strings.CutSuffix(line, " <unfinished ...>"); ok {
			thread, _, _ := strings.Cut(line, " ")
			unfinished[thread] = head
			continue
		}
		m := callLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		name, args, result := m[2], m[3], m[4]
		first, _, _ := strings.Cut(args, ",")
		switch {
		case strings.Contains(args, `"bench:begin"`):
			begun = true
		case strings.Contains(args, `"bench:end"`):
			return counts, nil
		case !begun:
		case name == "rt_sigaction":
			counts[name]++
		case name == "epoll_create", name == "epoll_create1", name == "eventfd", name == "eventfd2", name == "io_uring_setup":
			counts[name]++
			descriptors[result] = true
		case name == "socketpair", name == "pipe", name == "pipe2":
			counts[name]++
			if pair := numberPair.FindStringSubmatch(args); pair != nil {
				descriptors[pair[1]], descriptors[pair[2]] = true, true
			}
		case descriptors[first]:
			counts[name]++
			if name == "close" {
				delete(descriptors, first)
			}
		}
	}
	return nil, fmt.Errorf("the marks are missing among %s lines of strace", strconv.Itoa(strings.Count(trace, "\n")))
}
