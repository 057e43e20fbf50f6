// SPDX-License-Identifier: Apache-2.0

package viewer

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
)

// serveTrace streams the trace as plain JSON, compressed on the way if the
// client can take that. A gzipped trace is unpacked here and not handed on as
// it is, because a browser refuses a compressed body that ends too early and
// we want to show one.
func serveTrace(w http.ResponseWriter, r *http.Request, open Source) {
	f, err := open()
	if err != nil {
		traceError(w, err)
		return
	}
	defer f.Close()
	// Read once before the header goes out, while an error can still be told.
	in, err := plain(f)
	if err != nil {
		traceError(w, err)
		return
	}

	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Vary", "Accept-Encoding")
	compress := acceptsGzip(r.Header.Values("Accept-Encoding"))
	if compress {
		h.Set("Content-Encoding", "gzip")
	}
	if r.Method == http.MethodHead {
		return
	}
	// A slow source must not keep the page waiting for the first answer.
	_ = http.NewResponseController(w).Flush()
	if err := copyTrace(w, in, compress); err != nil {
		// The status is gone. A broken connection is the only way left to say that this is not all.
		panic(http.ErrAbortHandler)
	}
}

func traceError(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	if errors.Is(err, fs.ErrNotExist) {
		status = http.StatusNotFound
	}
	http.Error(w, err.Error(), status)
}

// plain returns a reader of the unpacked text of f.
func plain(f io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(f, 1<<16)
	magic, err := b.Peek(2)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if string(magic) != "\x1f\x8b" {
		return b, nil
	}
	z, err := gzip.NewReader(b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		// So far only a part of the gzip header has been written.
		return strings.NewReader(""), nil
	}
	if err != nil {
		return nil, err
	}
	return tolerant{z}, nil
}

// tolerant takes the early end of a compressed stream for its end.
type tolerant struct{ r io.Reader }

func (t tolerant) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}

func copyTrace(w io.Writer, in io.Reader, compress bool) error {
	if !compress {
		_, err := io.Copy(w, in)
		return err
	}
	// The way is short, so speed is worth more than size.
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if _, err := io.Copy(z, in); err != nil {
		return err
	}
	return z.Close()
}

// acceptsGzip reports whether an Accept-Encoding header names gzip with a
// weight other than zero.
func acceptsGzip(headers []string) bool {
	for _, item := range strings.Split(strings.Join(headers, ","), ",") {
		coding, params, _ := strings.Cut(item, ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			continue
		}
		_, q, found := strings.Cut(params, "q=")
		if !found {
			return true
		}
		weight, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
		return err == nil && weight > 0
	}
	return false
}
