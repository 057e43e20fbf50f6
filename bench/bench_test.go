// SPDX-License-Identifier: Apache-2.0

package main

import (
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/internal/need"
)

// TestMain lets the test binary be the child that runs a Go workload.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == childCommand {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestWorkloads runs every workload on every contender, with few operations.
func TestWorkloads(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "workloads.py")
	if err := os.WriteFile(script, []byte(pythonWorkloads), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range findContenders(nil, script, dir) {
		t.Run(c.Key, func(t *testing.T) {
			if c.Skipped != "" {
				need.Skip(t, need.Python, "%s", c.Skipped)
			}
			for _, w := range workloads {
				if w.n(c) == 0 || w.Name == "timer-1000000" && testing.Short() {
					continue
				}
				t.Run(w.Name, func(t *testing.T) {
					if w.strace {
						need.Command(t, need.Strace, "strace")
					}
					found, err := w.measure(c, min(w.n(c), 2000))
					if err != nil {
						t.Fatal(err)
					}
					t.Log(found)
					if v := found["value"]; math.IsNaN(v) || v < 0 || v == 0 && !w.strace && w.Name != "memory" {
						t.Errorf("value %v", v)
					}
				})
			}
		})
	}
}

func TestLoopCalls(t *testing.T) {
	const trace = `
7 epoll_create1(EPOLL_CLOEXEC) = 3
7 write(-1, "bench:begin", 11) = -1 EBADF (Bad file descriptor)
7 epoll_create1(EPOLL_CLOEXEC) = 5
7 socketpair(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0, [6, 7]) = 0
7 epoll_ctl(5, EPOLL_CTL_ADD, 6, {events=EPOLLIN, data={u32=6, u64=6}}) = 0
7 epoll_wait(5,  <unfinished ...>
8 epoll_pwait(3, [], 128, 0, NULL, 0) = 0
8 write(7, "\0", 1) = 1
7 <... epoll_wait resumed>[{events=EPOLLIN, data={u32=6, u64=6}}], 1, -1) = 1
7 read(9, "x", 1) = 1
7 close(6) = 0
7 close(6) = -1 EBADF (Bad file descriptor)
7 write(-1, "bench:end", 9) = -1 EBADF (Bad file descriptor)
7 close(5) = 0
`
	got, err := loopCalls(trace)
	want := map[string]int{"epoll_create1": 1, "socketpair": 1, "epoll_ctl": 1, "epoll_wait": 1, "write": 1, "close": 1}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if _, err := loopCalls(strings.ReplaceAll(trace, "bench:end", "")); err == nil {
		t.Error("a trace without marks is no error")
	}
}

func TestReport(t *testing.T) {
	r := newReport([]*contender{
		{Key: keyOurs, Name: "ours"},
		{Key: keyPython13, Name: "CPython 3.13.0"},
		{Key: keyRloop, Name: "rloop", Skipped: "not here"},
	}, 3, 1)
	for _, round := range []struct{ ours, python float64 }{{40, 4000}, {80, 4000}, {50, 4500}} {
		r.add("call_soon", keyOurs, results{"value": round.ours})
		r.add("call_soon", keyPython13, results{"value": round.python})
	}
	r.add("create_await", keyOurs, results{"value": 700, "allocs": 3})
	r.add("create_await", keyPython13, nil) // failed
	r.add("timer-1000", keyOurs, results{"value": 100})
	r.add("timer-1000000", keyOurs, results{"value": 150})
	r.conclude()
	var out strings.Builder
	r.writeMarkdown(&out)
	for _, want := range []string{
		"| workload | unit | ours | CPython 3.13.0 |",
		"| chain of CallSoon | ns | 50 | 4,000 (90) |",
		"| create and await a task | ns | 700 | failed |",
		"- without rloop: not here",
		"- met: call_soon: the time of CPython 3.13.0 is 90 times ours, want at least 80",
		"- not measured: call_soon: the time of rloop is ? times ours, want at least 10",
		"- not met: create_await: 3 allocs, want at most 2",
		"- met: timer-1000000: 1.5 times the time of timer-1000, want at most 2",
	} {
		if !strings.Contains(out.String(), want+"\n") {
			t.Errorf("the report lacks %q:\n%s", want, out.String())
		}
	}
}

func TestDecimal(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 3.14159: "3.14", 99.94: "99.9", 312.4: "312", 1234567: "1,234,567", -1234: "-1,234", -123: "-123"} {
		if got := decimal(x); got != want {
			t.Errorf("decimal(%v) = %q, want %q", x, got, want)
		}
	}
}
