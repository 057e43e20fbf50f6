// SPDX-License-Identifier: Apache-2.0

package viewer_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/viewer"
)

// text is an Opener that holds one text.
func text(s string) viewer.Opener {
	return func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(s)), nil }
}

// serve runs a viewer until the test ends and returns its address.
func serve(t testing.TB, open viewer.Opener, o viewer.Options) string {
	t.Helper()
	return listen(t, open, o).URL()
}

// listen runs a viewer until the test ends.
func listen(t testing.TB, open viewer.Opener, o viewer.Options) *viewer.Server {
	t.Helper()
	s, err := viewer.Listen(open, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v, want nil after its context was done", err)
		}
	})
	return s
}

// send makes one request as it is, without what an http.Client would add.
func send(t *testing.T, method, address string, header http.Header, host string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		r.Header[name] = values
	}
	if host != "" {
		r.Host = host
	}
	tr := &http.Transport{DisableCompression: true, DisableKeepAlives: true}
	resp, err := tr.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestHost(t *testing.T) {
	address := serve(t, text("[]"), viewer.Options{})
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		host string
		want int
	}{
		{u.Host, 200},
		{"localhost:" + u.Port(), 200},
		{"[::1]:" + u.Port(), 200},
		{"127.0.0.1", 403},
		{"localhost", 403},
		{"127.0.0.1:1", 403},
		{"evil.example:" + u.Port(), 403},
		{"127.0.0.1.evil.example:" + u.Port(), 403},
		{"127.0.0.2:" + u.Port(), 403},
		{"::1:" + u.Port(), 403},
	}
	for _, path := range []string{"", "trace", "app.js"} {
		for _, test := range tests {
			resp, body := send(t, "GET", address+path, nil, test.host)
			if resp.StatusCode != test.want {
				t.Errorf("GET /%s with Host %q: %d, want %d", path, test.host, resp.StatusCode, test.want)
			}
			if test.want == 403 && strings.Count(body, "\n") != 1 {
				t.Errorf("GET /%s with Host %q: body %q, want one line", path, test.host, body)
			}
		}
	}
}

func TestOrigin(t *testing.T) {
	address := serve(t, text("[]"), viewer.Options{})
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	own := u.Scheme + "://" + u.Host
	tests := []struct {
		origins []string
		want    int
	}{
		{nil, 200},
		{[]string{own}, 200},
		{[]string{"null"}, 403},
		{[]string{""}, 403},
		{[]string{"http://evil.example"}, 403},
		{[]string{"https" + strings.TrimPrefix(own, "http")}, 403},
		{[]string{own + "0"}, 403},
		{[]string{own, "http://evil.example"}, 403},
	}
	for _, test := range tests {
		resp, _ := send(t, "GET", address+"trace", http.Header{"Origin": test.origins}, "")
		if resp.StatusCode != test.want {
			t.Errorf("Origin %q: %d, want %d", test.origins, resp.StatusCode, test.want)
		}
	}
}

func TestMethods(t *testing.T) {
	address := serve(t, text("[]"), viewer.Options{})
	for method, want := range map[string]int{
		"GET": 200, "HEAD": 200, "POST": 405, "PUT": 405, "DELETE": 405, "OPTIONS": 405, "PATCH": 405,
	} {
		for _, path := range []string{"", "trace", "style.css"} {
			resp, body := send(t, method, address+path, nil, "")
			if resp.StatusCode != want {
				t.Errorf("%s /%s: %d, want %d", method, path, resp.StatusCode, want)
			}
			if want == 405 && resp.Header.Get("Allow") != "GET, HEAD" {
				t.Errorf("%s /%s: Allow is %q", method, path, resp.Header.Get("Allow"))
			}
			if method == "HEAD" && body != "" {
				t.Errorf("HEAD /%s: body %q, want none", path, body)
			}
		}
	}
}

func TestHeaders(t *testing.T) {
	address := serve(t, text("[]"), viewer.Options{})
	want := map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
			"img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "no-referrer",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Cache-Control":                "no-store",
	}
	types := map[string]string{
		"": "text/html; charset=utf-8", "app.js": "text/javascript; charset=utf-8",
		"style.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml",
		"trace": "application/json; charset=utf-8", "missing": "text/plain; charset=utf-8",
	}
	for path, contentType := range types {
		resp, _ := send(t, "GET", address+path, nil, "")
		if got := resp.Header.Get("Content-Type"); got != contentType {
			t.Errorf("/%s: Content-Type is %q, want %q", path, got, contentType)
		}
		for name, value := range want {
			if got := resp.Header.Get(name); got != value {
				t.Errorf("/%s: %s is %q, want %q", path, name, got, value)
			}
		}
		if got := resp.Header.Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("/%s: Access-Control-Allow-Origin is %q, want none", path, got)
		}
	}
}

func TestUnknownPaths(t *testing.T) {
	address := serve(t, text("[]"), viewer.Options{})
	for _, path := range []string{"web/app.js", "index.html", "web", "../viewer.go", "trace/", "%2e%2e/viewer.go"} {
		if resp, _ := send(t, "GET", address+path, nil, ""); resp.StatusCode != 404 {
			t.Errorf("GET /%s: %d, want 404", path, resp.StatusCode)
		}
	}
}

func TestTitleIsEscaped(t *testing.T) {
	_, body := send(t, "GET", serve(t, text("[]"), viewer.Options{Title: `<script>x</script>.json`}), nil, "")
	if strings.Contains(body, "<script>x") || !strings.Contains(body, "&lt;script&gt;x") {
		t.Errorf("the title is not escaped in\n%s", body)
	}
}
