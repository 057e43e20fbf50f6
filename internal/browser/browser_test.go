// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestMain(m *testing.M) { os.Exit(Run(m)) }

// The browser sees this machine and nothing else.
func TestReachesThisMachineAlone(t *testing.T) {
	tab := Tab(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "here") }))
	defer server.Close()
	var text string
	err := chromedp.Run(tab, chromedp.Navigate(server.URL), Await(`Promise.resolve(document.body.textContent)`, &text))
	if err != nil || text != "here" {
		t.Errorf("the page says %q, %v", text, err)
	}
	for _, address := range []string{"http://example.com/", "http://192.0.2.1/"} {
		if err := chromedp.Run(tab, chromedp.Navigate(address)); err == nil || !strings.Contains(err.Error(), "ERR_NAME_NOT_RESOLVED") {
			t.Errorf("%s: %v, want a name that is not resolved", address, err)
		}
	}
}

func TestTabsOfABrowserAreSeparate(t *testing.T) {
	first, second := Tab(t), Tab(t)
	var title string
	if err := chromedp.Run(first, Await(`document.title = "first"`, nil)); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Run(second, Await(`document.title`, &title)); err != nil || title != "" {
		t.Errorf("the title of the second is %q, %v", title, err)
	}
}
