// SPDX-License-Identifier: Apache-2.0

package metrics_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/metrics"
)

func Example() {
	m := metrics.New()
	server := httptest.NewServer(m) // in a program: http.Handle("/metrics", m)
	defer server.Close()
	scrape := func(context.Context) (string, error) {
		response, err := http.Get(server.URL)
		if err != nil {
			return "", err
		}
		defer response.Body.Close()
		var page strings.Builder
		_, err = fmt.Fprint(&page, response.Status, "\n")
		return page.String(), err
	}
	err := asyncio.Run(func(ctx context.Context) error {
		m.AddLoop(asyncio.RunningLoop(ctx))
		page, err := asyncio.ToThread(ctx, scrape)
		fmt.Print(page)
		return err
	})
	http.DefaultClient.CloseIdleConnections()
	if err != nil {
		fmt.Println(err)
	}
	// Output: 200 OK
}
