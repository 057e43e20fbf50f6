// SPDX-License-Identifier: Apache-2.0

package viewer_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"github.com/gocurtain/asyncio/viewer"
)

const someTrace = `[{"name":"a","ph":"X","ts":1,"dur":2,"pid":1,"tid":1},`

func zipped(t *testing.T, s string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, s); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func unzipped(t *testing.T, s string) string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(s))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTraceEncoding(t *testing.T) {
	for _, source := range []string{someTrace, zipped(t, someTrace)} {
		address := serve(t, text(source), viewer.Options{})
		for accept, want := range map[string]bool{
			"": false, "gzip": true, "br, GZIP;q=0.5": true, "gzip;q=0": false, "gzip; q=0.0": false,
			"x-gzip": false, "identity, deflate": false, "gzip;q=nonsense": false,
		} {
			resp, body := send(t, "GET", address+"trace", http.Header{"Accept-Encoding": {accept}}, "")
			if got := resp.Header.Get("Content-Encoding") == "gzip"; got != want {
				t.Errorf("Accept-Encoding %q: compressed is %t, want %t", accept, got, want)
				continue
			}
			if want {
				body = unzipped(t, body)
			}
			if body != someTrace {
				t.Errorf("Accept-Encoding %q: body %q, want %q", accept, body, someTrace)
			}
			if resp.Header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("Accept-Encoding %q: Vary is %q", accept, resp.Header.Get("Vary"))
			}
		}
	}
}

// A trace that is being compressed while it is written has no end yet. What can be unpacked of it
// is served, whatever the place where it stops.
func TestCutOffGzip(t *testing.T) {
	whole := zipped(t, strings.Repeat(someTrace, 100))
	for n := range len(whole) {
		if n == 1 {
			continue // One byte is not known to be gzip; it is served as it is.
		}
		resp, body := send(t, "GET", serve(t, text(whole[:n]), viewer.Options{})+"trace", nil, "")
		if resp.StatusCode != 200 || !strings.HasPrefix(strings.Repeat(someTrace, 100), body) {
			t.Fatalf("%d of %d bytes: status %d, body %.80q", n, len(whole), resp.StatusCode, body)
		}
	}
}

func TestGrowingFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "trace.json")
	address := serve(t, viewer.File(name), viewer.Options{})
	if resp, body := send(t, "GET", address+"trace", nil, ""); resp.StatusCode != 404 || !strings.Contains(body, "trace.json") {
		t.Errorf("missing file: status %d, body %q, want 404 and the name", resp.StatusCode, body)
	}
	written := ""
	for range 3 {
		written += someTrace
		if err := os.WriteFile(name, []byte(written), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, body := send(t, "GET", address+"trace", nil, ""); body != written {
			t.Errorf("body %q, want %q", body, written)
		}
	}
}

func TestOpenerErrors(t *testing.T) {
	broken := errors.New("the disk is gone")
	failing := func() (io.ReadCloser, error) { return nil, broken }
	unreadable := func() (io.ReadCloser, error) { return io.NopCloser(iotest.ErrReader(broken)), nil }
	for name, open := range map[string]viewer.Opener{"open": failing, "read": unreadable} {
		for _, method := range []string{"GET", "HEAD"} {
			resp, body := send(t, method, serve(t, open, viewer.Options{})+"trace", nil, "")
			if resp.StatusCode != 500 || method == "GET" && body != "the disk is gone\n" {
				t.Errorf("%s, error on %s: status %d, body %q", method, name, resp.StatusCode, body)
			}
		}
	}
	if resp, _ := send(t, "GET", serve(t, viewer.File(t.TempDir()), viewer.Options{})+"trace", nil, ""); resp.StatusCode != 500 {
		t.Errorf("a directory: status %d, want 500", resp.StatusCode)
	}
}

// An error in the middle must not look like the end of the trace.
func TestLateErrorBreaksTheConnection(t *testing.T) {
	open := func() (io.ReadCloser, error) {
		long := strings.NewReader(strings.Repeat(someTrace, 10000))
		return io.NopCloser(io.MultiReader(long, iotest.ErrReader(errors.New("late")))), nil
	}
	address := serve(t, open, viewer.Options{})
	resp, err := http.Get(address + "trace")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err == nil {
		t.Error("the body ended without an error")
	}
}

type closeCounter struct {
	io.Reader
	closed *atomic.Int32
}

func (c closeCounter) Close() error { c.closed.Add(1); return nil }

func TestOpenedTraceIsClosed(t *testing.T) {
	var opened, closed atomic.Int32
	open := func() (io.ReadCloser, error) {
		opened.Add(1)
		return closeCounter{strings.NewReader(someTrace), &closed}, nil
	}
	// The answer can be complete before the handler returns, so the server is stopped before the
	// count.
	t.Run("requests", func(t *testing.T) {
		address := serve(t, open, viewer.Options{})
		for _, method := range []string{"GET", "HEAD", "GET"} {
			send(t, method, address+"trace", nil, "")
		}
	})
	if opened.Load() != 3 || closed.Load() != 3 {
		t.Errorf("opened %d times and closed %d times, want 3 and 3", opened.Load(), closed.Load())
	}
}
