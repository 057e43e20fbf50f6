// SPDX-License-Identifier: Apache-2.0

//go:build unix

package asyncio_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

// raise sends a signal to this process.
func raise(t testing.TB, sig syscall.Signal) {
	t.Helper()
	skipIgnored(t, sig)
	if err := syscall.Kill(os.Getpid(), sig); err != nil {
		t.Error(err)
	}
}

// ignoredAtStart are the signals that Run, and that of a child, leaves alone.
var ignoredAtStart = map[os.Signal]bool{
	syscall.SIGINT:  signal.Ignored(syscall.SIGINT),
	syscall.SIGTERM: signal.Ignored(syscall.SIGTERM),
}

func skipIgnored(t testing.TB, sig os.Signal) {
	t.Helper()
	if ignoredAtStart[sig] {
		t.Skipf("the test was started with signal %v ignored, as in a shell's background; start it in the foreground", sig)
	}
}

// protect keeps a signal from ending this process while nobody else handles it. The channel gets
// it, too.
func protect(t testing.TB, sig os.Signal) <-chan os.Signal {
	ch := make(chan os.Signal, 100)
	signal.Notify(ch, sig)
	t.Cleanup(func() { signal.Stop(ch) })
	return ch
}

// The first SIGINT or SIGTERM cancels main; what it returns then decides.
func TestSignalCancelsMain(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		for _, c := range []struct {
			name string
			end  func(err error) error
			want func(err error) bool
		}{
			{"passes it on", func(err error) error { return err }, func(err error) bool {
				var s *asyncio.SignalError
				return errors.As(err, &s) && s.Signal == sig && errors.Is(err, context.Canceled) &&
					err.Error() == "signal: "+sig.String()
			}},
			{"wraps it", func(err error) error { return fmt.Errorf("in main: %w", err) }, func(err error) bool {
				var s *asyncio.SignalError
				return errors.As(err, &s) && errors.Is(err, context.Canceled)
			}},
			{"has more to say", func(err error) error { return errors.Join(err, errFlush) }, func(err error) bool {
				var s *asyncio.SignalError
				return errors.As(err, &s) && errors.Is(err, errFlush) && errors.Is(err, context.Canceled) &&
					err.Error() == "signal: "+sig.String()+": context canceled\nflush failed"
			}},
			{"has something else to say", func(error) error { return errFlush }, func(err error) bool { return err == errFlush }},
			{"ends well", func(error) error { return nil }, func(err error) bool { return err == nil }},
			{"fails", func(error) error { return errRun }, func(err error) bool { return err == errRun }},
		} {
			t.Run(fmt.Sprint(sig, " ", c.name), func(t *testing.T) {
				err := asyncio.Run(func(ctx context.Context) error {
					raise(t, sig)
					err := forever(ctx)
					equal(t, "wait", err, context.Canceled)
					var s *asyncio.SignalError
					equal(t, "cause", errors.As(context.Cause(ctx), &s) && s.Signal == sig, true)
					return c.end(err)
				})
				if !c.want(err) {
					t.Errorf("error: %v", err)
				}
			})
		}
	}
}

// A handler of one's own takes the place of what Run does.
func TestSignalHandlerReplacesRuns(t *testing.T) {
	err := asyncio.Run(func(ctx context.Context) error {
		l := asyncio.RunningLoop(ctx)
		f := asyncio.NewFuture[int](l)
		equal(t, "add", l.AddSignalHandler(os.Interrupt, func() { _ = f.SetResult(1) }), nil)
		raise(t, syscall.SIGINT)
		_, err := f.Await(ctx)
		equal(t, "handled", err, nil)
		equal(t, "remove", l.RemoveSignalHandler(os.Interrupt), true)
		raise(t, syscall.SIGINT) // Run's again
		return forever(ctx)
	})
	var s *asyncio.SignalError
	if !errors.As(err, &s) {
		t.Errorf("error: %v", err)
	}
}

func TestSignalHandler(t *testing.T) {
	protect(t, syscall.SIGUSR1)
	err := asyncio.Run(func(ctx context.Context) error {
		l := asyncio.RunningLoop(ctx)
		var log logger
		got := asyncio.NewFuture[int](l)
		add := func(word string) {
			err := l.AddSignalHandler(syscall.SIGUSR1, func() {
				log.note(word)
				equal(t, "current task", asyncio.CurrentTask(ctx), nil)
				_ = got.SetResult(1)
			})
			equal(t, "add", err, nil)
		}
		for _, word := range []string{"first", "second", "second again"} {
			if word != "second again" {
				add("replaced")
				add(word)
			}
			raise(t, syscall.SIGUSR1)
			_, err := got.Await(ctx)
			equal(t, "handled", err, nil)
			got = asyncio.NewFuture[int](l)
		}
		equal(t, "remove", l.RemoveSignalHandler(syscall.SIGUSR1), true)
		equal(t, "remove again", l.RemoveSignalHandler(syscall.SIGUSR1), false)
		equal(t, "remove another", l.RemoveSignalHandler(syscall.SIGUSR2), false)
		raise(t, syscall.SIGUSR1)
		log.want(t, "first second second")
		return asyncio.Sleep(ctx, 0)
	})
	equal(t, "error", err, nil)
}

// A signal that has arrived is not handled if its handler goes first.
func TestQueuedSignalIsTakenBack(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(l *asyncio.Loop, log *logger)
		want   string
	}{
		{"removed", func(l *asyncio.Loop, _ *logger) { l.RemoveSignalHandler(syscall.SIGUSR1) }, ""},
		{"replaced", func(l *asyncio.Loop, log *logger) { _ = l.AddSignalHandler(syscall.SIGUSR1, log.noting("new")) }, ""},
		{"untouched", func(*asyncio.Loop, *logger) {}, "old old"},
	} {
		for _, when := range []string{"before the turn", "in the turn"} {
			t.Run(c.name+" "+when, func(t *testing.T) {
				hooks := &logHooks{}
				v := newVirtual(t, func(cfg *asyncio.RunnerConfig) { cfg.Loop.Hooks = hooks })
				l := v.loop
				var log logger
				equal(t, "add", l.AddSignalHandler(syscall.SIGUSR1, log.noting("old")), nil)
				if when == "in the turn" {
					l.CallSoon(func() { c.change(l, &log) })
				}
				asyncio.Relay(l, syscall.SIGUSR1)
				asyncio.Relay(l, syscall.SIGUSR1)
				if when == "before the turn" {
					c.change(l, &log)
				}
				turn(t, l)
				turn(t, l)
				log.want(t, c.want)
				cancelled := slices.IndexFunc(hooks.lines, func(s string) bool { return strings.Contains(s, "h1 cancelled") })
				for i, line := range hooks.lines {
					if cancelled >= 0 && i > cancelled && strings.Contains(line, "h1 runs") {
						t.Errorf("a cancelled handler runs:\n%s", strings.Join(hooks.lines, "\n"))
					}
				}
			})
		}
	}
}

// A signal whose handler is just being removed has come too late, and is not taken for one that
// asks the program to end; the second one would end it.
func TestSignalWhileItsHandlerIsRemoved(t *testing.T) {
	v := newVirtual(t, func(cfg *asyncio.RunnerConfig) { cfg.IgnoreSignals = false })
	err := v.run(func(ctx context.Context) error {
		equal(t, "add", v.loop.AddSignalHandler(syscall.SIGUSR2, func() { t.Error("called") }), nil)
		equal(t, "remove", v.loop.RemoveSignalHandler(syscall.SIGUSR2), true)
		for range 3 {
			asyncio.Relay(v.loop, syscall.SIGUSR2)
		}
		return asyncio.Sleep(ctx, time.Second)
	})
	equal(t, "error", err, nil)
}

// A signal that comes when main is over does not disturb the next one.
func TestSignalAfterMain(t *testing.T) {
	hooks := &logHooks{}
	v := newVirtual(t, func(cfg *asyncio.RunnerConfig) {
		cfg.IgnoreSignals = false
		cfg.Loop.Hooks = hooks
	})
	err := v.run(func(context.Context) error { asyncio.Relay(v.loop, os.Interrupt); return nil })
	equal(t, "error", err, nil)
	err = v.run(func(ctx context.Context) error { return asyncio.Sleep(ctx, time.Second) })
	equal(t, "next run", err, nil)
	for _, line := range hooks.lines {
		if strings.Contains(line, "T1 cancelled") {
			t.Errorf("a task that has ended was cancelled: %s", line)
		}
	}
}

func TestSignalsThatCannotBeHandled(t *testing.T) {
	v := newVirtual(t)
	for _, sig := range []os.Signal{nil, syscall.SIGKILL, syscall.SIGSTOP, syscall.Signal(0), syscall.Signal(-1),
		syscall.Signal(1000), otherSignal{}, runtimesSignal()} {
		err := v.loop.AddSignalHandler(sig, func() {})
		if !errors.Is(err, os.ErrInvalid) || !strings.Contains(err.Error(), "asyncio: Loop.AddSignalHandler") {
			t.Errorf("%v: %v", sig, err)
		}
		equal(t, "remove", v.loop.RemoveSignalHandler(sig), false)
	}
}

// runtimesSignal is one that the Go runtime delivers to nobody.
func runtimesSignal() os.Signal {
	if runtime.GOOS == "linux" {
		return syscall.Signal(33)
	}
	return syscall.SIGKILL
}

type otherSignal struct{}

func (otherSignal) String() string { return "other" }
func (otherSignal) Signal()        {}

// Several loops of a process get the same signal; that one gives it up does not disturb the others.
func TestSignalReachesAllLoops(t *testing.T) {
	protect(t, syscall.SIGUSR2)
	const n = 3
	ready, over := make(chan *asyncio.Loop, n), make(chan error, n)
	for range n {
		go func() {
			over <- asyncio.Run(func(ctx context.Context) error {
				l := asyncio.RunningLoop(ctx)
				f := asyncio.NewFuture[int](l)
				if err := l.AddSignalHandler(syscall.SIGUSR2, func() { _ = f.SetResult(1) }); err != nil {
					return err
				}
				ready <- l
				_, err := f.Await(ctx)
				return err
			})
		}()
	}
	for range n {
		<-ready
	}
	silent, err := asyncio.NewLoop(asyncio.LoopConfig{})
	equal(t, "error", err, nil)
	equal(t, "add", silent.AddSignalHandler(syscall.SIGUSR2, func() {}), nil)
	equal(t, "Close", silent.Close(), nil)
	raise(t, syscall.SIGUSR2)
	for range n {
		equal(t, "error", <-over, nil)
	}
}

// childProcess runs one of the programs below in a process of its own and returns its output, a
// line at a time.
type childProcess struct {
	cmd *exec.Cmd
	in  io.Closer // closed: the test is over
	out *bufio.Reader
}

const childVariable = "ASYNCIO_TEST_CHILD"

func startChild(t *testing.T, program string, shell string) *childProcess {
	t.Helper()
	c, err := startChildWith(t, program, shell, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// startChildWith also says how the system is to start it.
func startChildWith(t *testing.T, program string, shell string, attr *syscall.SysProcAttr) (*childProcess, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &childProcess{cmd: exec.Command(self, "-test.run=^TestSignalChild$")}
	if shell != "" {
		c.cmd = exec.Command("sh", "-c", shell+`; exec "$0" "$@"`, self, "-test.run=^TestSignalChild$")
	}
	c.cmd.Env = append(os.Environ(), childVariable+"="+program)
	c.cmd.Stderr, c.cmd.SysProcAttr = os.Stderr, attr
	in, err := c.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.in, c.out = in, bufio.NewReader(out)
	return c, c.cmd.Start()
}

func (c *childProcess) says(t *testing.T, want string) {
	t.Helper()
	line, err := c.out.ReadString('\n')
	if strings.TrimSuffix(line, "\n") != want {
		t.Errorf("the child says %q (%v), want %q", line, err, want)
	}
}

func (c *childProcess) signal(t *testing.T, sig os.Signal) {
	t.Helper()
	if err := c.cmd.Process.Signal(sig); err != nil {
		t.Error(err)
	}
}

// ends waits for the child's end and returns how it was: "exit 3", "killed by interrupt".
func (c *childProcess) ends(t *testing.T) string {
	t.Helper()
	var exit *exec.ExitError
	if err := c.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	status := c.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return "killed by " + status.Signal().String()
	}
	return fmt.Sprint("exit ", status.ExitStatus())
}

// TestSignalChild is no test: it is the programs that the tests below start.
func TestSignalChild(t *testing.T) {
	program := os.Getenv(childVariable)
	if program == "" {
		t.Skip("it runs as a child of other tests")
	}
	go func() { // it does not outlive its parent
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(9)
	}()
	say := func(format string, args ...any) { fmt.Fprintf(os.Stdout, format+"\n", args...) }
	seen := make(chan os.Signal, 10)
	var err error
	switch program {
	case "graceful":
		err = asyncio.Run(func(ctx context.Context) error {
			say("ready")
			err := forever(ctx)
			say("%v", context.Cause(ctx))
			return err
		})
	case "stubborn":
		err = asyncio.Run(func(ctx context.Context) error {
			say("ready")
			_ = forever(ctx)
			say("cancelled")
			return forever(context.WithoutCancel(ctx))
		})
	case "stuck":
		err = asyncio.Run(func(ctx context.Context) error {
			signal.Notify(seen, os.Interrupt)
			say("ready")
			say("%v", <-seen) // the loop stands still
			select {}
		})
	case "peaceful":
		err = asyncio.Run(func(ctx context.Context) error {
			l := asyncio.RunningLoop(ctx)
			l.CallSoon(func() { say("ready") }) // it waits by then
			sig, err := asyncio.WaitSignal(ctx, os.Interrupt, syscall.SIGTERM)
			say("%v, %v, %v", sig, err, ctx.Err())
			return forever(ctx)
		})
	case "peaceful, and stuck":
		err = asyncio.Run(func(ctx context.Context) error {
			asyncio.RunningLoop(ctx).CallLater(0, func() {
				signal.Notify(seen, os.Interrupt)
				say("ready")
				say("%v", <-seen) // the loop stands still
				select {}
			})
			_, err := asyncio.WaitSignal(ctx, os.Interrupt)
			return err
		})
	case "patient":
		err = asyncio.Run(func(ctx context.Context) error {
			l := asyncio.RunningLoop(ctx)
			l.CallSoon(func() { say("ready") })
			for range 2 {
				sig, err := asyncio.WaitSignal(ctx, os.Interrupt)
				l.CallSoon(func() { say("%v, %v, %v", sig, err, ctx.Err()) }) // it waits again by then
			}
			return forever(ctx)
		})
	case "nohup":
		err = asyncio.Run(func(ctx context.Context) error {
			l := asyncio.RunningLoop(ctx)
			f := asyncio.NewFuture[int](l)
			if err := l.AddSignalHandler(syscall.SIGUSR1, func() { _ = f.SetResult(1) }); err != nil {
				return err
			}
			say("ready")
			_, err := f.Await(ctx)
			return err
		})
	case "nohup, handled for a while":
		_ = asyncio.Run(func(ctx context.Context) error {
			l := asyncio.RunningLoop(ctx)
			err := l.AddSignalHandler(os.Interrupt, func() { say("handled") })
			l.RemoveSignalHandler(os.Interrupt)
			return err
		})
		err = asyncio.Run(func(ctx context.Context) error {
			l := asyncio.RunningLoop(ctx)
			f := asyncio.NewFuture[int](l)
			if err := l.AddSignalHandler(syscall.SIGUSR1, func() { _ = f.SetResult(1) }); err != nil {
				return err
			}
			say("ready")
			_, err := f.Await(ctx)
			return err
		})
	case "restored":
		l, err := asyncio.NewLoop(asyncio.LoopConfig{})
		if err != nil {
			t.Fatal(err)
		}
		if err := l.AddSignalHandler(os.Interrupt, func() { say("handled") }); err != nil {
			t.Fatal(err)
		}
		l.RemoveSignalHandler(os.Interrupt)
		say("ready")
		select {}
	case "left alone":
		r, err := asyncio.NewRunner(asyncio.RunnerConfig{IgnoreSignals: true})
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Run(func(ctx context.Context) error { say("ready"); return forever(ctx) })
	case "after":
		_ = asyncio.Run(func(context.Context) error { return nil })
		say("ready")
		select {}
	}
	var s *asyncio.SignalError
	if errors.As(err, &s) {
		os.Exit(int(s.Signal.(syscall.Signal)))
	}
	say("error: %v", err)
	os.Exit(0)
}

// How a process ends by signals, told by its status.
func TestSignalEndsProcess(t *testing.T) {
	for _, c := range []struct {
		program, shell string
		signals        []os.Signal
		says           []string // after each signal
		ends           string
	}{
		{"graceful", "", []os.Signal{syscall.SIGINT}, []string{"signal: interrupt"}, "exit 2"},
		{"graceful", "", []os.Signal{syscall.SIGTERM}, []string{"signal: terminated"}, "exit 15"},
		{"stubborn", "", []os.Signal{syscall.SIGINT, syscall.SIGINT}, []string{"cancelled", ""}, "killed by interrupt"},
		{"stubborn", "", []os.Signal{syscall.SIGINT, syscall.SIGTERM}, []string{"cancelled", ""}, "killed by terminated"},
		{"stuck", "", []os.Signal{syscall.SIGINT, syscall.SIGINT}, []string{"interrupt", ""}, "killed by interrupt"},
		{"peaceful", "", []os.Signal{syscall.SIGINT, syscall.SIGINT}, []string{"interrupt, <nil>, <nil>", ""}, "killed by interrupt"},
		{"peaceful", "", []os.Signal{syscall.SIGTERM, syscall.SIGINT}, []string{"terminated, <nil>, <nil>", ""}, "killed by interrupt"},
		{"peaceful, and stuck", "", []os.Signal{syscall.SIGINT, syscall.SIGINT}, []string{"interrupt", ""}, "killed by interrupt"},
		{"patient", "", []os.Signal{syscall.SIGINT, syscall.SIGINT, syscall.SIGINT}, []string{"interrupt, <nil>, <nil>", "interrupt, <nil>, <nil>", ""}, "killed by interrupt"},
		{"nohup", "trap '' INT", []os.Signal{syscall.SIGINT, syscall.SIGUSR1}, []string{"", "error: <nil>"}, "exit 0"},
		{"nohup, handled for a while", "trap '' INT", []os.Signal{syscall.SIGINT, syscall.SIGUSR1}, []string{"", "error: <nil>"}, "exit 0"},
		{"restored", "", []os.Signal{syscall.SIGINT}, []string{""}, "killed by interrupt"},
		{"left alone", "", []os.Signal{syscall.SIGINT}, []string{""}, "killed by interrupt"},
		{"after", "", []os.Signal{syscall.SIGINT}, []string{""}, "killed by interrupt"},
	} {
		t.Run(fmt.Sprint(c.program, " ", c.signals), func(t *testing.T) {
			if c.shell == "" {
				skipIgnored(t, c.signals[0])
			}
			child := startChild(t, c.program, c.shell)
			defer child.in.Close()
			child.says(t, "ready")
			for i, sig := range c.signals {
				child.signal(t, sig)
				if c.says[i] != "" {
					child.says(t, c.says[i])
				}
			}
			equal(t, "the child's end", child.ends(t), c.ends)
		})
	}
}
