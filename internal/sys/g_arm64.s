// SPDX-License-Identifier: Apache-2.0

#include "textflag.h"

// func CurrentG() uintptr
TEXT ·CurrentG(SB), NOSPLIT, $0-8
	MOVD g, R0
	MOVD R0, ret+0(FP)
	RET
