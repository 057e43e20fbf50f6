// SPDX-License-Identifier: Apache-2.0

package viewer

import (
	"net"
	"net/http"
	"strconv"
	"strings"
)

// policy lets the page load its own files and nothing else. There is no 'unsafe-inline': text of a
// hostile trace that reached the page as markup would still not run.
var policy = strings.Join([]string{
	"default-src 'none'",
	"script-src 'self'",
	"style-src 'self'",
	"connect-src 'self'",
	"img-src 'self' data:",
	"base-uri 'none'",
	"form-action 'none'",
	"frame-ancestors 'none'",
}, "; ")

// guard refuses requests that another site could have caused.
//
// A web page may send requests to the loopback address. It cannot read the answers of another
// origin, unless its own host name is made to point at
// 127.0.0.1 (DNS rebinding); then Host still carries that name. So Host must be
// one of the names of this machine, with our port, and Origin must be ours.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		switch {
		case !hostAllowed(r):
			http.Error(w, "refused: the Host header does not name this viewer", http.StatusForbidden)
		case !originAllowed(r):
			http.Error(w, "refused: the request comes from another site", http.StatusForbidden)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "only GET and HEAD are served here", http.StatusMethodNotAllowed)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func hostAllowed(r *http.Request) bool {
	addr, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return false
	}
	for _, name := range []string{"127.0.0.1", "localhost", "[::1]"} {
		if r.Host == name+":"+strconv.Itoa(addr.Port) {
			return true
		}
		// Browsers leave out the port that is the scheme's default.
		if addr.Port == 80 && r.Host == name {
			return true
		}
	}
	return false
}

func originAllowed(r *http.Request) bool {
	origins := r.Header.Values("Origin")
	for _, origin := range origins {
		if origin != "http://"+r.Host {
			return false
		}
	}
	return true
}
