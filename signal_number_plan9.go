// SPDX-License-Identifier: Apache-2.0

package asyncio

import "os"

// signalNumber returns 0: Plan 9 has notes, which are texts.
func signalNumber(os.Signal) int { return 0 }
