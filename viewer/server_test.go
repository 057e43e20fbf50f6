// SPDX-License-Identifier: Apache-2.0

package viewer_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/viewer"
)

func TestListenPort(t *testing.T) {
	first, err := viewer.Listen(text("[]"), viewer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if !strings.HasPrefix(first.URL(), "http://127.0.0.1:") {
		t.Errorf("URL is %q, want an address on 127.0.0.1", first.URL())
	}
	host, _, _ := strings.Cut(strings.TrimPrefix(first.URL(), "http://"), "/")
	address, err := net.ResolveTCPAddr("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := viewer.Listen(text("[]"), viewer.Options{Port: address.Port}); err == nil {
		s.Close()
		t.Error("two viewers listen on one port")
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := viewer.Listen(text("[]"), viewer.Options{Port: address.Port})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if !strings.HasPrefix(again.URL(), "http://"+host+"/") {
		t.Errorf("URL is %q, want one on %s", again.URL(), host)
	}
}

// A request under way may end; new ones are refused.
func TestServeStopsGracefully(t *testing.T) {
	reader, writer := io.Pipe()
	s, err := viewer.Listen(func() (io.ReadCloser, error) { return reader, nil }, viewer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	go io.WriteString(writer, strings.Repeat(someTrace, 5000))
	resp, err := http.Get(s.URL() + "trace")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	cancel()
	go func() {
		io.WriteString(writer, "the end")
		writer.Close()
	}()
	body, err := io.ReadAll(resp.Body)
	if err != nil || !strings.HasSuffix(string(body), "the end") {
		t.Errorf("the request under way was cut off: %v after %d bytes", err, len(body))
	}
	if err := <-done; err != nil {
		t.Errorf("Serve: %v, want nil", err)
	}
	if _, err := http.Get(s.URL()); err == nil {
		t.Error("the viewer still answers")
	}
}
