// SPDX-License-Identifier: Apache-2.0

package viewer

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

// serveTrace streams the trace as plain JSON, compressed on the way if the client can take that. A
// gzipped trace is unpacked here and not handed on as it is, because a browser refuses a compressed
// body that is damaged or ends too early, and we want to show what there is of one.
//
// The page asks for an epilogue: a last block of epilogueSize bytes that says what went wrong on
// the way, padded with spaces. For others an error that comes after the status can only be a broken
// connection.
func serveTrace(w http.ResponseWriter, r *http.Request, open Opener) {
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
	if r.URL.Query().Has("epilogue") {
		in = withEpilogue(in)
	}
	// A slow source must not keep the page waiting for the first answer.
	_ = http.NewResponseController(w).Flush()
	if err := copyTrace(w, in, compress); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// epilogueSize is known to web/load.js, too.
const epilogueSize = 512

// withEpilogue puts the error in which r ends behind what could be read of it.
func withEpilogue(r io.Reader) io.Reader {
	c := &catcher{r: r}
	return io.MultiReader(c, &c.epilogue)
}

// catcher takes an error for the end.
type catcher struct {
	r        io.Reader
	epilogue strings.Reader
}

func (c *catcher) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if err == nil {
		return n, nil
	}
	problem := ""
	if err != io.EOF {
		problem = whatIsWrong(err)
	}
	for len(problem) > epilogueSize || !utf8.ValidString(problem) {
		problem = strings.ToValidUTF8(problem[:min(len(problem), epilogueSize)], "?")
	}
	c.epilogue.Reset(fmt.Sprintf("%s%*s", problem, epilogueSize-len(problem), ""))
	return n, io.EOF
}

// whatIsWrong says in words of ours what package gzip finds.
func whatIsWrong(err error) string {
	var corrupt flate.CorruptInputError
	switch {
	case errors.As(err, &corrupt):
		return fmt.Sprintf("the compressed file is damaged near byte %d, and what follows is lost", int64(corrupt))
	case errors.Is(err, gzip.ErrChecksum):
		return "the compressed file is damaged: its checksum is not that of what it holds"
	}
	return err.Error()
}

func traceError(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	if errors.Is(err, fs.ErrNotExist) {
		status = http.StatusNotFound
	}
	message := err.Error()
	if errors.Is(err, gzip.ErrHeader) {
		message = "it begins as a compressed file does, but is none"
	}
	http.Error(w, message, status)
}

// plain returns a reader of the unpacked text of f.
func plain(f io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(f, 1<<16)
	magic, err := b.Peek(len(gzipMagic))
	if err != nil && err != io.EOF {
		return nil, err
	}
	if string(magic) != gzipMagic {
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
	return &members{z, b}, nil
}

const gzipMagic = "\x1f\x8b"

// errTrailing is that of a compressed file that goes on as something else.
var errTrailing = errors.New("behind the compressed trace lies something else, which was left out")

// members reads the members of a gzipped file one after the other. It takes an early end for the
// end, and what is no member for the end with an error.
type members struct {
	z  *gzip.Reader
	in *bufio.Reader // from which z reads, no further than it must
}

func (m *members) Read(p []byte) (int, error) {
	m.z.Multistream(false)
	n, err := m.z.Read(p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return n, io.EOF
	}
	if err == io.EOF {
		err = m.next()
	}
	return n, err
}

// next goes to the next member, if there is one.
func (m *members) next() error {
	magic, err := m.in.Peek(len(gzipMagic))
	if len(magic) == 0 {
		return err
	}
	if !strings.HasPrefix(gzipMagic, string(magic)) {
		return errTrailing
	}
	if err := m.z.Reset(m.in); errors.Is(err, io.ErrUnexpectedEOF) {
		return io.EOF
	} else if err != nil {
		return errTrailing
	}
	return nil
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

// acceptsGzip reports whether an Accept-Encoding header names gzip with a weight other than zero.
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
