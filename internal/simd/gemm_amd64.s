#include "textflag.h"

// One step of the sum for one row of the tile: broadcast a[row][k], times the row of b in Z0 and Z1, added to two sums.
#define ROW512(BROADCAST, FMA, address, sum0, sum1) \
	BROADCAST address, Z2 \
	FMA Z0, Z2, sum0      \
	FMA Z1, Z2, sum1

#define ROW256(BROADCAST, FMA, address, sum0, sum1) \
	BROADCAST address, Y2 \
	FMA Y0, Y2, sum0      \
	FMA Y1, Y2, sum1

#define ADD512(ADD, sum0, sum1) \
	ADD  (DX), sum0, sum0   \
	ADD  64(DX), sum1, sum1 \
	ADDQ R11, DX

#define ADD256(ADD, sum0, sum1) \
	ADD  (DX), sum0, sum0   \
	ADD  32(DX), sum1, sum1 \
	ADDQ R11, DX

#define STORE512(sum0, sum1) \
	VMOVUPS sum0, (DX)   \
	VMOVUPS sum1, 64(DX) \
	ADDQ    R11, DX

#define STORE256(sum0, sum1) \
	VMOVUPS sum0, (DX)   \
	VMOVUPS sum1, 32(DX) \
	ADDQ    R11, DX

#define ZERO512(sum0, sum1) \
	VPXORD sum0, sum0, sum0 \
	VPXORD sum1, sum1, sum1

#define ZERO256(sum0, sum1) \
	VXORPS sum0, sum0, sum0 \
	VXORPS sum1, sum1, sum1

#define ARGUMENTS \
	MOVQ k+0(FP), CX       \
	MOVQ a+8(FP), SI       \
	MOVQ aRow+16(FP), R8   \
	MOVQ aStep+24(FP), R9  \
	MOVQ b+32(FP), DI      \
	MOVQ bStep+40(FP), R10 \
	MOVQ c+48(FP), DX      \
	MOVQ cRow+56(FP), R11

// The tile of 12 rows and two vectors of 512 bits. Its sums fill Z8 to Z31; SI, BX, R12 and R13 point to rows 0, 3, 6
// and 9 of a.
#define TILE512(BROADCAST, FMA, ADD) \
	ARGUMENTS                                        \
	LEAQ (R8)(R8*2), AX                              \
	LEAQ (SI)(AX*1), BX                              \
	LEAQ (BX)(AX*1), R12                             \
	LEAQ (R12)(AX*1), R13                            \
	ZERO512(Z8, Z9)                                  \
	ZERO512(Z10, Z11)                                \
	ZERO512(Z12, Z13)                                \
	ZERO512(Z14, Z15)                                \
	ZERO512(Z16, Z17)                                \
	ZERO512(Z18, Z19)                                \
	ZERO512(Z20, Z21)                                \
	ZERO512(Z22, Z23)                                \
	ZERO512(Z24, Z25)                                \
	ZERO512(Z26, Z27)                                \
	ZERO512(Z28, Z29)                                \
	ZERO512(Z30, Z31)                                \
	PCALIGN $32                                      \
step:                                                \
	VMOVUPS (DI), Z0                                 \
	VMOVUPS 64(DI), Z1                               \
	ROW512(BROADCAST, FMA, (SI), Z8, Z9)             \
	ROW512(BROADCAST, FMA, (SI)(R8*1), Z10, Z11)     \
	ROW512(BROADCAST, FMA, (SI)(R8*2), Z12, Z13)     \
	ROW512(BROADCAST, FMA, (BX), Z14, Z15)           \
	ROW512(BROADCAST, FMA, (BX)(R8*1), Z16, Z17)     \
	ROW512(BROADCAST, FMA, (BX)(R8*2), Z18, Z19)     \
	ROW512(BROADCAST, FMA, (R12), Z20, Z21)          \
	ROW512(BROADCAST, FMA, (R12)(R8*1), Z22, Z23)    \
	ROW512(BROADCAST, FMA, (R12)(R8*2), Z24, Z25)    \
	ROW512(BROADCAST, FMA, (R13), Z26, Z27)          \
	ROW512(BROADCAST, FMA, (R13)(R8*1), Z28, Z29)    \
	ROW512(BROADCAST, FMA, (R13)(R8*2), Z30, Z31)    \
	ADDQ R9, SI                                      \
	ADDQ R9, BX                                      \
	ADDQ R9, R12                                     \
	ADDQ R9, R13                                     \
	ADDQ R10, DI                                     \
	DECQ CX                                          \
	JNZ  step                                        \
	MOVBLZX add+64(FP), AX                           \
	TESTL   AX, AX                                   \
	JZ      store                                    \
	MOVQ    DX, AX                                   \
	ADD512(ADD, Z8, Z9)                              \
	ADD512(ADD, Z10, Z11)                            \
	ADD512(ADD, Z12, Z13)                            \
	ADD512(ADD, Z14, Z15)                            \
	ADD512(ADD, Z16, Z17)                            \
	ADD512(ADD, Z18, Z19)                            \
	ADD512(ADD, Z20, Z21)                            \
	ADD512(ADD, Z22, Z23)                            \
	ADD512(ADD, Z24, Z25)                            \
	ADD512(ADD, Z26, Z27)                            \
	ADD512(ADD, Z28, Z29)                            \
	ADD512(ADD, Z30, Z31)                            \
	MOVQ    AX, DX                                   \
store:                                               \
	STORE512(Z8, Z9)                                 \
	STORE512(Z10, Z11)                               \
	STORE512(Z12, Z13)                               \
	STORE512(Z14, Z15)                               \
	STORE512(Z16, Z17)                               \
	STORE512(Z18, Z19)                               \
	STORE512(Z20, Z21)                               \
	STORE512(Z22, Z23)                               \
	STORE512(Z24, Z25)                               \
	STORE512(Z26, Z27)                               \
	STORE512(Z28, Z29)                               \
	STORE512(Z30, Z31)                               \
	VZEROUPPER                                       \
	RET

// The tile of 6 rows and two vectors of 256 bits. Its sums fill Y4 to Y15; SI and BX point to rows 0 and 3 of a.
#define TILE256(BROADCAST, FMA, ADD) \
	ARGUMENTS                                        \
	LEAQ (R8)(R8*2), AX                              \
	LEAQ (SI)(AX*1), BX                              \
	ZERO256(Y4, Y5)                                  \
	ZERO256(Y6, Y7)                                  \
	ZERO256(Y8, Y9)                                  \
	ZERO256(Y10, Y11)                                \
	ZERO256(Y12, Y13)                                \
	ZERO256(Y14, Y15)                                \
	PCALIGN $32                                      \
step:                                                \
	VMOVUPS (DI), Y0                                 \
	VMOVUPS 32(DI), Y1                               \
	ROW256(BROADCAST, FMA, (SI), Y4, Y5)             \
	ROW256(BROADCAST, FMA, (SI)(R8*1), Y6, Y7)       \
	ROW256(BROADCAST, FMA, (SI)(R8*2), Y8, Y9)       \
	ROW256(BROADCAST, FMA, (BX), Y10, Y11)           \
	ROW256(BROADCAST, FMA, (BX)(R8*1), Y12, Y13)     \
	ROW256(BROADCAST, FMA, (BX)(R8*2), Y14, Y15)     \
	ADDQ R9, SI                                      \
	ADDQ R9, BX                                      \
	ADDQ R10, DI                                     \
	DECQ CX                                          \
	JNZ  step                                        \
	MOVBLZX add+64(FP), AX                           \
	TESTL   AX, AX                                   \
	JZ      store                                    \
	MOVQ    DX, AX                                   \
	ADD256(ADD, Y4, Y5)                              \
	ADD256(ADD, Y6, Y7)                              \
	ADD256(ADD, Y8, Y9)                              \
	ADD256(ADD, Y10, Y11)                            \
	ADD256(ADD, Y12, Y13)                            \
	ADD256(ADD, Y14, Y15)                            \
	MOVQ    AX, DX                                   \
store:                                               \
	STORE256(Y4, Y5)                                 \
	STORE256(Y6, Y7)                                 \
	STORE256(Y8, Y9)                                 \
	STORE256(Y10, Y11)                               \
	STORE256(Y12, Y13)                               \
	STORE256(Y14, Y15)                               \
	VZEROUPPER                                       \
	RET

// func single512(k int, a *float32, aRow, aStep int, b *float32, bStep int, c *float32, cRow int, add bool)
TEXT ·single512(SB), NOSPLIT, $0-65
	TILE512(VBROADCASTSS, VFMADD231PS, VADDPS)

// func double512(k int, a *float64, aRow, aStep int, b *float64, bStep int, c *float64, cRow int, add bool)
TEXT ·double512(SB), NOSPLIT, $0-65
	TILE512(VBROADCASTSD, VFMADD231PD, VADDPD)

// func single256(k int, a *float32, aRow, aStep int, b *float32, bStep int, c *float32, cRow int, add bool)
TEXT ·single256(SB), NOSPLIT, $0-65
	TILE256(VBROADCASTSS, VFMADD231PS, VADDPS)

// func double256(k int, a *float64, aRow, aStep int, b *float64, bStep int, c *float64, cRow int, add bool)
TEXT ·double256(SB), NOSPLIT, $0-65
	TILE256(VBROADCASTSD, VFMADD231PD, VADDPD)
