// SPDX-License-Identifier: Apache-2.0

package viewer_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/viewer"
)

// split returns what comes before the path of an address, and the secret in it.
func split(t *testing.T, address string) (origin, secret string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Scheme + "://" + u.Host, strings.Trim(u.Path, "/")
}

// Another user of the machine can reach the port and ask for anything.
func TestNothingIsServedWithoutTheSecret(t *testing.T) {
	origin, secret := split(t, serve(t, text(someTrace), viewer.Options{}))
	if len(secret) < 26 {
		t.Errorf("the secret is %q, want 128 bits", secret)
	}
	last := secret[:len(secret)-1]
	wrong := []string{
		"", "trace", "app.js", "icon.svg", "missing", "/" + secret + "/trace", "x/../" + secret[1:] + "/",
		last + "/", last + "0/trace", secret + "A/trace", strings.ToLower(secret) + "/trace", "?" + secret, "%00/", "trace/" + secret + "/",
	}
	for _, method := range []string{"GET", "HEAD"} {
		for _, path := range wrong {
			resp, body := send(t, method, origin+"/"+path, nil, "")
			if resp.StatusCode != 403 || strings.Contains(body, `"ph"`) || strings.Contains(body, secret) {
				t.Errorf("%s /%s: status %d, body %q, want 403", method, path, resp.StatusCode, body)
			}
		}
	}
	stranger := http.Header{"Cookie": {"secret=" + secret}, "Authorization": {"Bearer " + secret}, "Referer": {origin + "/" + secret + "/"}}
	if resp, _ := send(t, "GET", origin+"/trace", stranger, ""); resp.StatusCode != 403 {
		t.Errorf("the secret in a header: status %d, want 403", resp.StatusCode)
	}
	if resp, body := send(t, "GET", origin+"/"+secret+"/trace", nil, ""); resp.StatusCode != 200 || body != someTrace {
		t.Errorf("with the secret: status %d, body %q", resp.StatusCode, body)
	}
	if resp, _ := send(t, "GET", origin+"/"+secret, nil, ""); resp.StatusCode != 303 || resp.Header.Get("Location") != "/"+secret+"/" {
		t.Errorf("without the last slash: status %d to %q", resp.StatusCode, resp.Header.Get("Location"))
	}
}

func TestSecretsDiffer(t *testing.T) {
	_, a := split(t, serve(t, text("[]"), viewer.Options{}))
	_, b := split(t, serve(t, text("[]"), viewer.Options{}))
	if a == b {
		t.Errorf("two viewers have the secret %q", a)
	}
}

// What is in the command line of a browser opens the page once, and for nobody later.
func TestOnceURL(t *testing.T) {
	s := listen(t, text("[]"), viewer.Options{})
	ticket, other := s.OnceURL(), s.OnceURL()
	if strings.Contains(ticket, strings.Trim(s.URL(), "/")) || ticket == other {
		t.Fatalf("the tickets are %q and %q for %q", ticket, other, s.URL())
	}
	if resp, _ := send(t, "HEAD", ticket, nil, ""); resp.StatusCode != 403 {
		t.Errorf("a look at the head: status %d, want 403", resp.StatusCode)
	}
	for _, host := range []string{"evil.example", ""} {
		resp, _ := send(t, "GET", ticket, nil, host)
		origin, _ := split(t, s.URL())
		if host == "" && (resp.StatusCode != 303 || origin+resp.Header.Get("Location") != s.URL()) {
			t.Errorf("first use: status %d to %q, want 303 to %q", resp.StatusCode, resp.Header.Get("Location"), s.URL())
		}
		if host != "" && resp.StatusCode != 403 {
			t.Errorf("with Host %s: status %d, want 403", host, resp.StatusCode)
		}
		if got := resp.Header.Get("Referrer-Policy"); got != "no-referrer" {
			t.Errorf("Referrer-Policy is %q", got)
		}
	}
	if resp, body := send(t, "GET", ticket, nil, ""); resp.StatusCode != 403 || !strings.Contains(body, "worked once") {
		t.Errorf("second use: status %d, body %q", resp.StatusCode, body)
	}
	if resp, _ := send(t, "GET", other, nil, ""); resp.StatusCode != 303 {
		t.Errorf("another ticket: status %d, want 303", resp.StatusCode)
	}
}
