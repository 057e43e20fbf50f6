// SPDX-License-Identifier: Apache-2.0

package pytrace

import _ "embed"

//go:embed recorder/linux_arm64.so
var recorder []byte
