// SPDX-License-Identifier: Apache-2.0

package viewer

import (
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"strings"
	"sync"
)

// key opens a viewer. The loopback address is open to every user of the machine, and a trace holds
// sources and arguments; so each path begins with a secret.
//
// The secret alone would be in the command line of the browser that is started with it, where any
// user can read it for as long as the browser runs. So there are tickets: each leads to the page
// once, and is worthless afterwards. Whoever uses a stolen one first keeps the owner out, who
// thereby learns of it.
type key struct {
	secret string

	mu      sync.Mutex
	tickets map[string]bool
}

func newKey() *key { return &key{secret: rand.Text(), tickets: make(map[string]bool)} }

// ticket makes a new ticket.
func (k *key) ticket() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	t := rand.Text()
	k.tickets[t] = true
	return t
}

// redeem reports whether t is a ticket that nobody has used. A map does not compare in constant
// time, but to learn from the time one would have to try, and a ticket is gone within moments.
func (k *key) redeem(t string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	valid := k.tickets[t]
	delete(k.tickets, t)
	return valid
}

// lock lets those requests through whose path begins with the secret, without it.
func (k *key) lock(next http.Handler) http.Handler {
	home := "/" + k.secret + "/"
	within := http.StripPrefix(strings.TrimSuffix(home, "/"), next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first, _, below := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		switch own := subtle.ConstantTimeCompare([]byte(first), []byte(k.secret)) == 1; {
		case own && below:
			within.ServeHTTP(w, r)
		case own || r.Method == http.MethodGet && k.redeem(first):
			http.Redirect(w, r, home, http.StatusSeeOther)
		default:
			http.Error(w, "refused: this is not the whole address, or it worked once already; open the one that the viewer printed", http.StatusForbidden)
		}
	})
}
