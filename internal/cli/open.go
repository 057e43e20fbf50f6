// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/gocurtain/asyncio/export/chrome"
	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/viewer"
)

// openTrace returns what the viewer shows for a file. It looks at the file's content, not at its
// name.
func openTrace(file string) (viewer.Opener, error) {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no file %s; record one with: curtain trace -o %s -- COMMAND", file, shellQuote(file))
	} else if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return openDirectory(file)
	}
	if !info.Mode().IsRegular() {
		// A pipe or a terminal can be read only once, and opening it may wait for ever.
		return nil, fmt.Errorf("%s is not a file, which the page could read each time it is loaded; write what comes from it to one", file)
	}
	head, err := readHead(file)
	switch {
	case err != nil:
		return nil, err
	case bytes.HasPrefix(head, []byte("CURTAIN")):
		return openRecordings(file)
	case len(head) == 0:
		return nil, fmt.Errorf("%s is empty", file)
	case head[0] == '{' || head[0] == '[':
		return viewer.File(file), nil
	}
	return nil, fmt.Errorf("%s is not a trace: neither Chrome Trace Event JSON nor a %s recording", file, trace.Extension)
}

// readHead returns the first bytes of a file that say what it is, unpacked and without white space.
func readHead(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := bufio.NewReader(f)
	var in io.Reader = r
	if magic, _ := r.Peek(2); string(magic) == "\x1f\x8b" {
		if in, err = gzip.NewReader(r); err != nil {
			return nil, fmt.Errorf("%s cannot be unpacked: %w", file, err)
		}
	}
	head := make([]byte, 512)
	// The page will say what is wrong with the rest.
	n, err := io.ReadFull(in, head)
	if n == 0 && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, fmt.Errorf("%s cannot be read: %w", file, err)
	}
	return bytes.TrimLeft(bytes.TrimPrefix(head[:n], []byte("\ufeff")), " \t\r\n"), nil
}

func openDirectory(dir string) (viewer.Opener, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), trace.Extension) {
			return openRecordings(dir)
		}
	}
	return nil, fmt.Errorf("there are no %s recordings in %s", trace.Extension, dir)
}

// openRecordings converts a recording, or all recordings in a directory, each time it is asked.
func openRecordings(path string) (viewer.Opener, error) {
	sources, err := trace.FollowAll(path)
	if err != nil {
		return nil, err
	}
	for _, s := range sources {
		_ = s.Close() // It was only looked at.
	}
	return func() (io.ReadCloser, error) {
		r, w := io.Pipe()
		go func() {
			// A damaged recording is drawn as far as it goes, and the page says why that is not
			// all.
			err := chrome.ExportPath(w, path)
			if err != nil && !errors.Is(err, io.ErrClosedPipe) {
				sayf("view: %v", err)
			}
			_ = w.CloseWithError(err) // A pipe always closes.
		}()
		return r, nil
	}, nil
}
