// SPDX-License-Identifier: Apache-2.0

#include "textflag.h"

// func CurrentG() uintptr
TEXT ·CurrentG(SB), NOSPLIT, $0-8
	MOVQ (TLS), AX
	MOVQ AX, ret+0(FP)
	RET
