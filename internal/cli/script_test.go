// SPDX-License-Identifier: Apache-2.0

//go:build unix

package cli_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"rsc.io/script"
	"rsc.io/script/scripttest"
)

// TestScripts runs testdata/script/*.txt. Besides the usual commands there are:
//
//	valid FILE          check a timeline and print what is in it
//	waitfor FILE        wait until FILE is there and not empty
//	signal NAME FILE    send a signal to the process whose id is in FILE
//	fetch FILE [PATH]   print what the server says whose address is in FILE
func TestScripts(t *testing.T) {
	commands := scripttest.DefaultCmds()
	commands["valid"] = command("check a timeline", "file", 1, valid)
	commands["waitfor"] = command("wait for a file", "file", 1, waitFor)
	commands["signal"] = command("send a signal", "name file", 2, sendSignal)
	commands["fetch"] = command("ask a server", "file path", 2, fetch)
	engine := &script.Engine{Conds: scripttest.DefaultConds(), Cmds: commands, Quiet: !testing.Verbose()}
	engine.Conds["root"] = script.BoolCondition("the tests run as root", os.Getuid() == 0)
	engine.Conds["full"] = script.BoolCondition("there is a device that is always full", exists("/dev/full"))
	scripttest.Test(t, t.Context(), engine, os.Environ(), "testdata/script/*.txt")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// command makes a command of a function that returns what is to be printed.
func command(summary, usage string, args int, f func(s *script.State, args []string) (string, error)) script.Cmd {
	return script.Command(script.CmdUsage{Summary: summary, Args: usage}, func(s *script.State, given ...string) (script.WaitFunc, error) {
		if len(given) != args {
			return nil, script.ErrUsage
		}
		out, err := f(s, given)
		return func(*script.State) (string, string, error) { return out, "", err }, nil
	})
}

func valid(s *script.State, args []string) (string, error) {
	file, err := readTrace(s.Path(args[0]))
	if err != nil {
		return "", err
	}
	return file.check()
}

// poll calls f until it is done or the script's time is over.
func poll(ctx context.Context, f func() bool) error {
	for !f() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}

func waitFor(s *script.State, args []string) (string, error) {
	return "", poll(s.Context(), func() bool {
		info, err := os.Stat(s.Path(args[0]))
		return err == nil && info.Size() > 0
	})
}

func sendSignal(s *script.State, args []string) (string, error) {
	sig, ok := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL}[args[0]]
	text, err := os.ReadFile(s.Path(args[1]))
	if err != nil || !ok {
		return "", fmt.Errorf("signal %v: %v", args, err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return "", err
	}
	return "", syscall.Kill(pid, sig)
}

func fetch(s *script.State, args []string) (string, error) {
	text, err := os.ReadFile(s.Path(args[0]))
	if err != nil {
		return "", err
	}
	_, address, ok := strings.Cut(strings.TrimSpace(string(text)), "curtain: ")
	if !ok {
		return "", fmt.Errorf("no address in %q", text)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(address + args[1])
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.Status + "\n" + string(body), err
}
