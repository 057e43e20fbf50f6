// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/gocurtain/asyncio/viewer"
)

const viewHelp = `View shows FILE in the browser: a timeline of the loop and its tasks, with arrows
from where work was scheduled to where it ran.

FILE is a trace of curtain trace, or any other Chrome Trace Event JSON, also
compressed, and also one that is still being written: reload the page to see
more. It may also be a .curtain recording, or a directory of them.

The page is served on the loopback address only, until Ctrl-C. The address holds a
secret, so that no other user of the machine can read the trace: keep it to yourself.`

func viewCommand() *cobra.Command {
	var port int
	var noBrowser bool
	cmd := &cobra.Command{
		Use:                   "view FILE [--port N] [--no-browser]",
		Short:                 "Show a trace in the browser",
		Long:                  viewHelp,
		Example:               "  curtain view trace.json",
		DisableFlagsInUseLine: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("view: one file at a time, as in: curtain view %s", shellQuote(args[0]))
			}
			if len(args) == 0 || args[0] == "" {
				return usagef("view: which file? as in: curtain view trace.json")
			}
			if args[0] == "-" {
				return usagef("view: the page reads the trace each time it is loaded, so it must be a file; write standard input to one")
			}
			if port < 0 || port > 65535 {
				return usagef("view: there is no port %d; ports go up to 65535", port)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runView(args[0], port, !noBrowser) },
	}
	cmd.Flags().IntVar(&port, "port", 0, "serve on port `N` (default: one that is free)")
	cmd.Flags().BoolVar(&noBrowser, "no-browser", false, "only print the address")
	return cmd
}

func runView(file string, port int, browser bool) error {
	out, err := reader()
	if err != nil {
		return err
	}
	open, err := openTrace(file)
	if err != nil {
		return fmt.Errorf("view: %w", err)
	}
	title := file
	if abs, err := filepath.Abs(file); err == nil {
		title = filepath.Base(abs)
	}
	server, err := viewer.Listen(open, viewer.Options{Title: title, Port: port})
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("view: port %d is taken; choose another one, or leave out --port", port)
	} else if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if _, err := fmt.Fprintf(out, "curtain: %s\n", server.URL()); err != nil {
		return errors.Join(fmt.Errorf("view: nobody would learn the address of the page: %w", err), server.Close())
	}
	if browser && isTerminal(out) {
		startBrowser(server.OnceURL())
	}
	return server.Serve(ctx)
}

// reader is where somebody can read the address of the page: standard output or, if that goes
// nowhere, standard error. If either is closed, Go opens the null device in its place.
func reader() (*os.File, error) {
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		if !isNull(f) {
			return f, nil
		}
	}
	return nil, usagef("view: neither standard output nor standard error is open, so nobody would learn the address of the page")
}
