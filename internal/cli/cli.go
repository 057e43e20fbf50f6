// SPDX-License-Identifier: Apache-2.0

// Package cli is the command curtain. Each verb has a file of its own name, a help text in
// testdata/help, and scripts in testdata/script that begin with its name.
//
// Errors are one line on standard error that says what to do. The exit status is 2 for a command
// line that makes no sense and 1 for what went wrong later; a verb that runs a command of the user
// exits with the command's status.
package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The exit statuses of curtain itself; a shell uses 126 and 127, too.
const (
	statusFailed      = 1
	statusUsage       = 2
	statusNotRunnable = 126
	statusNotFound    = 127
	statusSignal      = 128 // plus the number of the signal that ended the command
)

// Main runs curtain with the arguments after its name and returns the exit status.
func Main(args []string) int {
	if len(args) == 1 && args[0] == sentryArg {
		return sentryMain()
	}
	root := rootCommand()
	root.SetArgs(args)
	return report(root.Execute())
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:     "curtain",
		Short:   "See what an asyncio program does",
		Long:    "Curtain shows what an asyncio program does: record a run, then look at its timeline.\n\n  curtain trace -o trace.json -- go run ./examples/sleepers\n  curtain view trace.json",
		Version: version(),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("no such command: %s; curtain help lists them", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			cmd.SetOut(os.Stderr)
			return errors.Join(cmd.Help(), exitStatus(statusUsage))
		},
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.Flags().Bool("version", false, "print the version of curtain")
	root.SetHelpCommand(&cobra.Command{Use: "help", Short: "Show the help of a command", RunE: func(cmd *cobra.Command, args []string) error {
		verb, _, err := root.Find(args)
		if err != nil || verb == root && len(args) > 0 {
			return usagef("no such command: %s; curtain help lists them", args[0])
		}
		return verb.Help()
	}})
	root.SetVersionTemplate("curtain {{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%s; see %s --help", flagProblem(err), cmd.CommandPath())
	})
	root.AddCommand(traceCommand(), viewCommand())
	return root
}

// flagProblem says what is wrong with a flag, in words for the user: package strconv speaks to
// programmers.
func flagProblem(err error) string {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err.Error()
	}
	flag := invalid.GetFlag()
	wanted, known := wantedValues[flag.Value.Type()]
	if !known {
		return err.Error()
	}
	return fmt.Sprintf("--%s wants %s, not %q", flag.Name, wanted, invalid.GetValue())
}

// wantedValues says what values flags of a type want.
var wantedValues = map[string]string{
	"int":         "a number",
	"bool":        "true or false",
	"duration":    "a duration such as 10s or 1m30s",
	"stringSlice": "a list such as one,two",
}

// exitStatus ends curtain with a status and without a message.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// usageError is a command line that makes no sense.
type usageError string

func (e usageError) Error() string { return string(e) }

func usagef(format string, args ...any) error { return usageError(fmt.Sprintf(format, args...)) }

// report prints an error and returns the exit status for it.
func report(err error) int {
	var status exitStatus
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	case errors.As(err, &usage):
		sayf("%v", err)
		return statusUsage
	}
	sayf("%v", err)
	return statusFailed
}

// sayf prints a line to standard error. The traced program writes there, too, so each line says who
// speaks.
func sayf(format string, args ...any) {
	line := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "; ")
	fmt.Fprintf(os.Stderr, "curtain: %s\n", line)
}
