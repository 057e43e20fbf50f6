// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

//go:embed workloads.py
var pythonWorkloads string

// A workload is one thing that is measured, by the function of this name in go_workloads.go,
// plain_workloads.go and workloads.py.
type workload struct {
	Name string `json:"name"`
	What string `json:"what"`
	Unit string `json:"unit"` // of the result called "value"

	goN, plainN, pyN int  // operations in one run; 0: has no part in it
	once             bool // takes long or does not vary: first round only
	strace           bool // counts system calls
}

// switchWorkload is the one that the hooks and recordings are measured with.
const switchWorkload = "sleep0"

var workloads = []workload{
	{Name: "call_soon", What: "chain of CallSoon", Unit: "ns", goN: 5_000_000, pyN: 150_000},
	{Name: "sleep0", What: "Sleep(0) in one task", Unit: "ns", goN: 2_000_000, pyN: 150_000},
	{Name: "create_await", What: "create and await a task", Unit: "ns", goN: 1_000_000, plainN: 500_000, pyN: 50_000},
	{Name: "lock", What: "acquire and release a free lock", Unit: "ns", goN: 20_000_000, plainN: 20_000_000, pyN: 300_000},
	{Name: "queue1", What: "an item through a queue for one, between two tasks", Unit: "ns", goN: 2_000_000, plainN: 1_000_000, pyN: 50_000},
	{Name: "to_thread", What: "a function on another thread and its result back", Unit: "ns", goN: 200_000, pyN: 10_000},
	{Name: "timer-1000", What: "arm and cancel a timer, 1,000 outstanding", Unit: "ns", goN: 5_000_000, plainN: 1_000_000, pyN: 150_000},
	{Name: "timer-100000", What: "arm and cancel a timer, 100,000 outstanding", Unit: "ns", goN: 5_000_000, plainN: 1_000_000, pyN: 150_000},
	{Name: "timer-1000000", What: "arm and cancel a timer, 1,000,000 outstanding", Unit: "ns", goN: 5_000_000, plainN: 1_000_000, pyN: 150_000},
	{Name: "threadsafe", What: "CallSoonThreadsafe from another thread, bursts of 1,000", Unit: "ns", goN: 3_000_000, pyN: 50_000},
	{Name: "sleepers", What: "100,000 sleepers of one second, time over that second", Unit: "ns", goN: 100_000, plainN: 100_000, pyN: 100_000},
	{Name: "memory", What: "1,000,000 sleepers, resident memory each", Unit: "B", goN: 1_000_000, plainN: 1_000_000, pyN: 1_000_000, once: true},
	{Name: "syscalls-sleep5ms", What: "loop system calls of a run that sleeps 5 ms", Unit: "calls", goN: 1, pyN: 1, once: true, strace: true},
	{Name: "syscalls-sleep0", What: "polls for each 1,000 times Sleep(0)", Unit: "polls", goN: 10_000, pyN: 10_000, once: true, strace: true},
	{Name: "syscalls-burst", What: "writes that wake the loop, for each burst of 1,000 CallSoonThreadsafe", Unit: "writes", goN: 100_000, pyN: 20_000, once: true, strace: true},
}

// n is how many operations one run of a contender makes.
func (w workload) n(c *contender) int {
	switch c.Key {
	case keyOurs:
		return w.goN
	case keyNoHooks, keyRecorded, keySites:
		if w.Name == switchWorkload {
			return w.goN
		}
		return 0
	case keyGo:
		return w.plainN
	default:
		return w.pyN
	}
}

// results are what one run found out: "value", and more besides.
type results map[string]float64

// measure runs the workload once, in a fresh process.
func (w workload) measure(c *contender, n int) (results, error) {
	if w.strace {
		return w.countCalls(c, n)
	}
	return runChild(c.command(w.Name, n))
}

// runChild runs a command and reads the results it prints, lines of a name and a number.
func runChild(cmd *exec.Cmd) (results, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, lastLine(stderr.String()))
	}
	found := results{}
	for s := bufio.NewScanner(&stdout); s.Scan(); {
		name, number, _ := strings.Cut(s.Text(), " ")
		value, err := strconv.ParseFloat(number, 64)
		if err != nil {
			return nil, fmt.Errorf("unexpected output %q", s.Text())
		}
		found[name] = value
	}
	if _, ok := found["value"]; !ok {
		return nil, errors.New("no value in the output")
	}
	return found, nil
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

// childCommand makes this program run one Go workload: bench child KEY WORKLOAD N.
const childCommand = "child"

func child(args []string) error {
	if len(args) != 3 {
		return errors.New("usage: bench child KEY WORKLOAD N")
	}
	n, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	name, argument, _ := strings.Cut(args[1], "-")
	if argument == "" {
		argument = "0"
	}
	outstanding, err := strconv.Atoi(argument)
	if err != nil {
		return err
	}
	funcs := goWorkloads
	if args[0] == keyGo {
		funcs = plainWorkloads
	}
	f := funcs[name]
	if f == nil {
		return fmt.Errorf("no workload %q for %s", name, args[0])
	}
	found, err := f(n, outstanding)
	if err != nil {
		return err
	}
	for name, value := range found {
		fmt.Fprintln(os.Stdout, name, value)
	}
	return nil
}
