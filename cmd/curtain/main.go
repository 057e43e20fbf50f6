// SPDX-License-Identifier: Apache-2.0

// Curtain shows what an asyncio program does. See curtain help.
package main

import (
	"os"

	"github.com/gocurtain/asyncio/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:])) }
