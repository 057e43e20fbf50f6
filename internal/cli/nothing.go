// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// This file finds out why nothing was recorded of a command, or of a program below it.

// noteExtension is the extension of files in which the probe says what it could not do.
const noteExtension = ".note"

// maxNotes bounds how many notes are shown, and maxNote the length of each.
const (
	maxNotes = 5
	maxNote  = 300
)

// readNotes returns the probe's notes in a directory, each once.
func readNotes(dir string) (notes []string) {
	names, _ := filepath.Glob(filepath.Join(dir, "*"+noteExtension)) // The pattern is good.
	for _, name := range names {
		note := readNote(name)
		if note != "" && !slices.Contains(notes, note) && len(notes) < maxNotes {
			notes = append(notes, note)
		}
	}
	return notes
}

// readNote returns a line that is safe to print: programs can write into the directory, too, not
// only the probe.
func readNote(name string) string {
	if info, err := os.Lstat(name); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	f, err := os.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxNote))
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return printable(line)
}

// printable removes what could steer a terminal from a text that a program has chosen.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, text)
}

// unwritable says why the programs could write nothing, "" if they could have.
func unwritable(dir string) string {
	f, err := os.CreateTemp(dir, "test-")
	if err == nil {
		err = f.Close()
	}
	if err == nil {
		return ""
	}
	if path := (*os.PathError)(nil); errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Sprintf("the programs could not write into %s: %v", dir, err)
}

func noProgram(program string) string {
	return fmt.Sprintf("no asyncio program ran below %s: a Go program that calls asyncio.Run, or a Python one that runs an asyncio loop, "+
		"as the same user, with the environment that it was given (sudo, tox and env -i clean it), and not with -I, -E or -S "+
		"or another sitecustomize in front of PYTHONPATH (put curtain trace behind what puts it there)", program)
}

// keepsProbeOut names the option with which a command starts a Python that does not look for the
// probe, "" if there is none.
func keepsProbeOut(command []string) string {
	words := command
	if !isPython(words[0]) {
		words = interpreter(words[0])
	}
	if len(words) == 0 || !isPython(words[0]) {
		return ""
	}
	option := isolating(words[1:])
	if option == "" {
		return ""
	}
	return fmt.Sprintf("%s is started with %s, which keeps the probe out of it; leave it out for the recording", command[0], option)
}

func isPython(program string) bool {
	return strings.HasPrefix(strings.ToLower(filepath.Base(program)), "python")
}

// interpreter returns the words after #! in a script, without env.
func interpreter(script string) []string {
	path, err := exec.LookPath(script)
	if err != nil {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	line, _ := bufio.NewReader(io.LimitReader(f, 256)).ReadString('\n')
	line, found := strings.CutPrefix(line, "#!")
	words := strings.Fields(line)
	if !found || len(words) == 0 {
		return nil
	}
	if filepath.Base(words[0]) == "env" {
		words = slices.DeleteFunc(words[1:], func(word string) bool { return word == "-S" })
	}
	return words
}

// isolating returns the first of a Python's options that keeps the probe out, "" if none does.
func isolating(words []string) string {
	for i := 0; i < len(words); i++ {
		letters, isOption := strings.CutPrefix(words[i], "-")
		if !isOption || letters == "" || strings.HasPrefix(letters, "-") {
			return ""
		}
		end := strings.IndexAny(letters, "cmWX")
		if end < 0 {
			end = len(letters)
		}
		if at := strings.IndexAny(letters[:end], "IES"); at >= 0 {
			return "-" + letters[at:at+1]
		}
		switch {
		case end == len(letters):
		case letters[end] == 'c' || letters[end] == 'm':
			return "" // the rest is the program's
		case end == len(letters)-1:
			i++ // the next word is the option's
		}
	}
	return ""
}
