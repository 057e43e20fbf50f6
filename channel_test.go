// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

func TestRecv(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		ch := make(chan string, 1)
		ch <- "there"
		value, ok, err := asyncio.Recv(ctx, ch)
		if value != "there" || !ok || err != nil {
			t.Errorf("Recv of what is there: %q, %v, %v", value, ok, err)
		}

		turns := 0
		other := spawn(ctx, func(ctx context.Context) error {
			turns++
			ch <- "from a task"
			return nil
		})
		value, ok, err = asyncio.Recv(ctx, ch)
		if value != "from a task" || !ok || err != nil || turns != 1 {
			t.Errorf("Recv while another task runs: %q, %v, %v", value, ok, err)
		}
		equal(t, "other", second(other.Await(ctx)), nil)

		go close(ch)
		value, ok, err = asyncio.Recv(ctx, ch)
		if value != "" || ok || err != nil {
			t.Errorf("Recv of a channel that is closed meanwhile: %q, %v, %v", value, ok, err)
		}
		value, ok, err = asyncio.Recv(ctx, ch)
		if value != "" || ok || err != nil {
			t.Errorf("Recv of a closed channel: %q, %v, %v", value, ok, err)
		}
	})
}

func TestSend(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		ch := make(chan int, 1)
		equal(t, "Send where there is room", asyncio.Send(ctx, ch, 1), nil)
		other := spawn(ctx, func(context.Context) error {
			equal(t, "received", <-ch, 1)
			return nil
		})
		equal(t, "Send while another task runs", asyncio.Send(ctx, ch, 2), nil)
		equal(t, "other", second(other.Await(ctx)), nil)
		equal(t, "received", <-ch, 2)
	})
}

func TestChannelsUnderCancellation(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		ch := make(chan int)
		full := make(chan int, 1)
		full <- 1
		recv := func(ctx context.Context) error {
			_, _, err := asyncio.Recv(ctx, ch)
			return err
		}
		send := func(ctx context.Context) error { return asyncio.Send(ctx, full, 2) }
		for name, op := range map[string]func(ctx context.Context) error{"Recv": recv, "Send": send} {
			tasks, _ := waitingTasks(t, ctx, 3, op)
			for _, task := range tasks {
				task.Cancel(nil)
				equal(t, name, second(task.Await(ctx)), context.Canceled)
			}
			equal(t, name+" under a cancelled context", op(cancelledContext(ctx)), context.Canceled)
			foreign, cancel := context.WithCancel(ctx)
			asyncio.RunningLoop(ctx).CallSoon(cancel)
			equal(t, name+" under a foreign context", op(foreign), context.Canceled)
			limited, stop := asyncio.WithTimeout(ctx, time.Second)
			equal(t, name+" until a deadline", op(limited), context.DeadlineExceeded)
			stop()
			equal(t, name+" outside of a task", errors.Is(op(context.Background()), asyncio.ErrNoTask), true)
		}
		equal(t, "left in the channel", len(full), 1)
	})
}

// What a goroutine sends is received once each and in order, however often a wait for it is
// cancelled; and the other way round.
func TestNoValueIsLostAtChannels(t *testing.T) {
	const count = 300
	r, err := asyncio.NewRunner(asyncio.RunnerConfig{IgnoreSignals: true})
	if err != nil {
		t.Fatal(err)
	}
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	err = r.Run(func(ctx context.Context) error {
		there, back := make(chan int, 2), make(chan int)
		go func() {
			for i := range count {
				there <- i
			}
			close(there)
		}()
		got := make(chan []int)
		go func() {
			var all []int
			for i := range back {
				all = append(all, i)
			}
			got <- all
		}()
		// limited does op under short deadlines until one does not come first.
		limited := func(op func(ctx context.Context) error) {
			for {
				ctx, cancel := asyncio.WithTimeout(ctx, time.Duration(random.IntN(30))*time.Microsecond)
				err := op(ctx)
				cancel()
				if !errors.Is(err, context.DeadlineExceeded) {
					equal(t, "error", err, nil)
					return
				}
			}
		}
		for open := true; open; {
			var value int
			limited(func(ctx context.Context) (err error) {
				value, open, err = asyncio.Recv(ctx, there)
				return err
			})
			if open {
				limited(func(ctx context.Context) error { return asyncio.Send(ctx, back, value) })
			}
		}
		close(back)
		all := <-got
		equal(t, "values", len(all), count)
		equal(t, "in order", slices.IsSorted(all), true)
		return nil
	})
	equal(t, "error", err, nil)
	equal(t, "Close", r.Close(), nil)
	if t.Failed() {
		t.Logf("seed %d", seed)
	}
}

// A goroutine that never stops sending does not keep the loop from other things.
func TestBusyChannelDoesNotStarveOthers(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		ch := make(chan int, 1000)
		for range cap(ch) {
			ch <- 1
		}
		var other int
		spawn(ctx, func(ctx context.Context) error {
			other = len(ch)
			return nil
		})
		for len(ch) > 0 {
			_, _, err := asyncio.Recv(ctx, ch)
			equal(t, "error", err, nil)
		}
		if other == 0 {
			t.Error("the other task has run when the channel was empty")
		}
	})
}

// A send on a closed channel panics in the task, as it does in a goroutine.
func TestSendOnClosedChannel(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		ch := make(chan int)
		if raceEnabled() {
			close(ch) // to close a channel while somebody sends is a race, which the detector reports
		} else {
			go close(ch)
		}
		for range 2 { // while it waits, and at once
			err := panicOf(func() { _ = asyncio.Send(ctx, ch, 1) })
			if err == nil || err.Error() != "send on closed channel" {
				t.Errorf("panic: %v", err)
			}
		}
	})
}

// raceEnabled reports whether the tests are built with the race detector.
func raceEnabled() bool {
	info, _ := debug.ReadBuildInfo()
	return info != nil && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}
