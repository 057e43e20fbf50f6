// SPDX-License-Identifier: Apache-2.0

package examples_test

// expected is what each program prints, as a regular expression.
var expected = map[string]string{
	"hello": `^Hello, world\n$`,
	// The seconds say that the ten slept together, even on a busy machine.
	"sleepers": `^0…1…2…3…4…5…6…7…8…9…\n[1-4]\.\d\d seconds\n$`,
}
