// SPDX-License-Identifier: Apache-2.0

package chrome_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/gocurtain/asyncio/export/chrome"
	"github.com/gocurtain/asyncio/trace"
)

func ExampleExport() {
	var recording bytes.Buffer
	err := trace.ParseText(&recording, strings.NewReader("+1500 TurnBegin turn=1 ready=2\n+250 TurnEnd turn=1\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	src, err := trace.NewSource(&recording)
	if err != nil {
		fmt.Println(err)
		return
	}
	chrome.Export(os.Stdout, src)
	// Output:
	// {"displayTimeUnit":"ns","traceEvents":[
	// {"ph":"M","name":"thread_name","pid":1,"tid":1,"args":{"name":"loop"}},
	// {"ph":"M","name":"thread_sort_index","pid":1,"tid":1,"args":{"sort_index":0}},
	// {"ph":"X","cat":"turn","name":"turn","pid":1,"tid":1,"ts":1.500,"dur":0.250,"cname":"grey","args":{"what":1,"ready":2}}
	// ]}
}
