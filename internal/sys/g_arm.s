// SPDX-License-Identifier: Apache-2.0

#include "textflag.h"

// func CurrentG() uintptr
TEXT ·CurrentG(SB), NOSPLIT, $0-4
	MOVW g, R0
	MOVW R0, ret+0(FP)
	RET
