// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gocurtain/asyncio/pytrace"
)

const traceHelp = `Trace runs COMMAND and writes what the asyncio programs below it do to FILE.

A Go program is recorded if it calls asyncio.Run, a Python one (3.8 or later) if
it runs an asyncio loop; nothing in it has to be changed. COMMAND may also be a
script, a test runner, or go run: all programs that it starts are in one timeline.
FILE is Chrome Trace Event JSON, compressed if its name ends in .json.gz. It is
written while COMMAND runs and can be opened meanwhile; what a program did before it
was killed is in it too. If it is a pipe, COMMAND starts when somebody reads that.

COMMAND has the terminal, standard input and output, and signals of its own, and
its exit status is that of curtain: 128+N if signal N ended it, 127 if there is
no such command, 126 if it cannot be run. A signal that is sent to curtain alone
is passed on; Ctrl-C reaches COMMAND from the terminal.

With --last 10s only what was recorded in the last ten seconds before the end is
written, and only then: curtain's memory and FILE stay small however long COMMAND
runs. It keeps at most 8 million events, which take 256 MiB.

With --follow the recording goes on when COMMAND has ended, until the daemons and other
processes that it has left behind have ended too, or until Ctrl-C. Without it curtain
says which processes run on.

If curtain itself is killed (kill -9), COMMAND runs on, and what each of its threads
recorded last, up to a million events, stays in curtain-* in the directory for temporary
files. View shows such a directory; remove it afterwards.

The text of the source files that events come from (.py and .go, up to 1 MiB each,
16 MiB together) is put into FILE too, as it is while COMMAND runs, so that the
viewer shows an event with its lines. --no-sources leaves it out.

With ASYNCIO_TRACE_SITES=0 in the environment, files and lines are left out,
which makes recording cheaper.`

// traceOptions are the flags of trace.
type traceOptions struct {
	file      string
	pipe      *os.File // FILE, if it is a pipe; else nil
	noSources bool
	last      time.Duration // 0 = all
	follow    bool          // beyond the command's end
	python    pytrace.Options
}

func traceCommand() *cobra.Command {
	var level string
	var o traceOptions
	cmd := &cobra.Command{
		Use:                   "trace [-o FILE] [--level LEVEL] [--] COMMAND...",
		Short:                 "Record a run of a program",
		Long:                  traceHelp,
		Example:               "  curtain trace -o trace.json -- go run ./examples/sleepers\n  curtain trace --level lines -- python3 program.py",
		DisableFlagsInUseLine: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("trace: which command? as in: curtain trace -o trace.json -- go run .")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.python.Level = pytrace.Level(level)
			if cmd.Flags().Changed("last") && o.last <= 0 {
				return usagef("trace: --last %v: it must be longer than nothing, as in --last 10s", o.last)
			}
			return runTrace(o, args)
		},
	}
	cmd.Flags().StringVarP(&o.file, "output", "o", "trace.json", "write the trace to `FILE`: .json or .json.gz")
	cmd.Flags().StringVar(&level, "level", string(pytrace.LevelLoop), "how much a Python program tells: `LEVEL` is loop, coroutines, functions or lines")
	cmd.Flags().StringSliceVar(&o.python.Include, "include", nil, "at level lines, tell of these installed modules or paths too, as in `PATTERN`,...")
	cmd.Flags().StringSliceVar(&o.python.Exclude, "exclude", nil, "beyond level loop, do not tell of these modules or paths, as in `PATTERN`,...")
	cmd.Flags().BoolVar(&o.noSources, "no-sources", false, "keep the text of source files out of the trace")
	cmd.Flags().DurationVar(&o.last, "last", 0, "write only the last part of the run, as long as `DURATION`, such as 10s")
	cmd.Flags().BoolVar(&o.follow, "follow", false, "go on until all processes that COMMAND has started have ended, or Ctrl-C")
	_ = cmd.RegisterFlagCompletionFunc("level", completeLevels) // It fails for flags that do not exist.
	// What follows COMMAND is COMMAND's.
	cmd.Flags().SetInterspersed(false)
	return cmd
}

func completeLevels(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, level := range pytrace.Levels() {
		names = append(names, string(level))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func runTrace(o traceOptions, command []string) error {
	if !slices.Contains(pytrace.Levels(), o.python.Level) {
		return usagef("trace: --level %s: it must be one of %v", o.python.Level, pytrace.Levels())
	}
	pipe, err := checkOutput(o.file)
	if err != nil {
		return err
	}
	o.pipe = pipe
	signals := catchSignals()
	// MkdirTemp makes it for its owner only: a trace tells much about a program.
	dir, err := os.MkdirTemp("", "curtain-")
	if err != nil {
		return fmt.Errorf("trace: no place for the recordings: %w; set TMPDIR", err)
	}
	defer func() {
		if err := os.RemoveAll(dir); err != nil {
			sayf("trace: %v; remove %s by hand", err, dir)
		}
	}()
	// Both kinds of program look for ASYNCIO_TRACE; a Python finds the probe as well.
	probe, err := pytrace.Install(filepath.Join(dir, "probe"))
	if err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	o.python.Dir = dir
	child, err := startChild(command, probe.Environ(os.Environ(), o.python), signals)
	if err != nil {
		return err
	}
	rec := startRecording(dir, o)
	status := child.wait()
	left := follow(dir, o.follow, child)
	rec.stop(child.interrupted)
	child.release()
	rec.sum(command, readNotes(dir), left, o.follow)
	if status != 0 {
		return exitStatus(status)
	}
	return nil
}

// shellQuote returns a word as one types it in a shell.
func shellQuote(word string) string {
	if !strings.ContainsAny(word, " \t\n'\"\\$`&|;<>()*?[]#~!{}") {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
