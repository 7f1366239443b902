#include "textflag.h"

// Constants, eight times each: memory operands of fused multiply-adds.
#define CONSTANT(name, bits) \
	DATA name<>+0(SB)/4, bits  \
	DATA name<>+4(SB)/4, bits  \
	DATA name<>+8(SB)/4, bits  \
	DATA name<>+12(SB)/4, bits \
	DATA name<>+16(SB)/4, bits \
	DATA name<>+20(SB)/4, bits \
	DATA name<>+24(SB)/4, bits \
	DATA name<>+28(SB)/4, bits \
	GLOBL name<>(SB), RODATA|NOPTR, $32

CONSTANT(signBit, $0x80000000)
CONSTANT(valueBits, $0x7fffffff)
CONSTANT(exponentOffset, $127)
CONSTANT(one, $0x3f800000)       // 1
CONSTANT(two, $0x40000000)       // 2
CONSTANT(upper, $0x42ae0000)     // 87
CONSTANT(lower, $0xc2ae0000)     // −87
CONSTANT(shift, $0x4b400000)     // 3·2²²
CONSTANT(log2e, $0x3fb8aa3b)     // 1.44269504
CONSTANT(ln2Hi, $0x3f318000)     // 0.693359375
CONSTANT(ln2Lo, $0xb95e8083)     // −2.12194440e−4
CONSTANT(exp0, $0x39506967)      // 1.9875691500e−4
CONSTANT(exp1, $0x3ab743ce)      // 1.3981999507e−3
CONSTANT(exp2, $0x3c088908)      // 8.3334519073e−3
CONSTANT(exp3, $0x3d2aa9c1)      // 4.1665795894e−2
CONSTANT(exp4, $0x3e2aaaaa)      // 1.6666665459e−1
CONSTANT(exp5, $0x3f000000)      // 5.0000001201e−1
CONSTANT(small, $0x3f200000)     // 0.625
CONSTANT(tanh0, $0xbbbaf0ea)     // −5.70498872745e−3
CONSTANT(tanh1, $0x3ca9134e)     // 2.06390887954e−2
CONSTANT(tanh2, $0xbd5c1e2d)     // −5.37397155531e−2
CONSTANT(tanh3, $0x3e088393)     // 1.33314422036e−1
CONSTANT(tanh4, $0xbeaaaa99)     // −3.33332819422e−1

// Y0 ← exp(Y0), see exp in functions.go. Uses Y1 to Y3. NaN is preserved: min and max then return their first operand.
#define EXP \
	VMOVUPS      upper<>(SB), Y1          \
	VMINPS       Y0, Y1, Y0               \
	VMOVUPS      lower<>(SB), Y1          \
	VMAXPS       Y0, Y1, Y0               \
	VMOVUPS      shift<>(SB), Y1          \
	VFMADD231PS  log2e<>(SB), Y0, Y1      \
	VSUBPS       shift<>(SB), Y1, Y2      \
	VFNMADD231PS ln2Hi<>(SB), Y2, Y0      \
	VFNMADD231PS ln2Lo<>(SB), Y2, Y0      \
	VMOVUPS      exp0<>(SB), Y2           \
	VFMADD213PS  exp1<>(SB), Y0, Y2       \
	VFMADD213PS  exp2<>(SB), Y0, Y2       \
	VFMADD213PS  exp3<>(SB), Y0, Y2       \
	VFMADD213PS  exp4<>(SB), Y0, Y2       \
	VFMADD213PS  exp5<>(SB), Y0, Y2       \
	VMULPS       Y0, Y0, Y3               \
	VFMADD213PS  Y0, Y3, Y2               \
	VADDPS       one<>(SB), Y2, Y2        \
	VPADDD       exponentOffset<>(SB), Y1, Y1 \
	VPSLLD       $23, Y1, Y1              \
	VMULPS       Y1, Y2, Y0

// Y0 ← 1/(1 + exp(−Y0)). Uses Y1 to Y3.
#define LOGISTIC \
	VXORPS  signBit<>(SB), Y0, Y0 \
	EXP                           \
	VMOVUPS one<>(SB), Y1         \
	VADDPS  Y1, Y0, Y0            \
	VDIVPS  Y0, Y1, Y0

// Y0 ← tanh(Y0). Uses Y1 to Y6.
#define TANH \
	VMOVAPS     Y0, Y4                  \
	VADDPS      Y0, Y0, Y0              \
	EXP                                 \
	VADDPS      one<>(SB), Y0, Y0       \
	VMOVUPS     two<>(SB), Y1           \
	VDIVPS      Y0, Y1, Y1              \
	VMOVUPS     one<>(SB), Y0           \
	VSUBPS      Y1, Y0, Y0              \
	VMULPS      Y4, Y4, Y5              \
	VMOVUPS     tanh0<>(SB), Y6         \
	VFMADD213PS tanh1<>(SB), Y5, Y6     \
	VFMADD213PS tanh2<>(SB), Y5, Y6     \
	VFMADD213PS tanh3<>(SB), Y5, Y6     \
	VFMADD213PS tanh4<>(SB), Y5, Y6     \
	VMULPS      Y4, Y5, Y5              \
	VFMADD213PS Y4, Y5, Y6              \
	VANDPS      valueBits<>(SB), Y4, Y4 \
	VCMPPS      $1, small<>(SB), Y4, Y4 \
	VBLENDVPS   Y4, Y6, Y0, Y0

// func logistic256(n int, x *float32), n a multiple of 8
TEXT ·logistic256(SB), NOSPLIT, $0-16
	MOVQ n+0(FP), CX
	MOVQ x+8(FP), DI

logistic:
	VMOVUPS (DI), Y0
	LOGISTIC
	VMOVUPS Y0, (DI)
	ADDQ    $32, DI
	SUBQ    $8, CX
	JNZ     logistic
	VZEROUPPER
	RET

// func tanh256(n int, x *float32), n a multiple of 8
TEXT ·tanh256(SB), NOSPLIT, $0-16
	MOVQ n+0(FP), CX
	MOVQ x+8(FP), DI

tanh:
	VMOVUPS (DI), Y0
	TANH
	VMOVUPS Y0, (DI)
	ADDQ    $32, DI
	SUBQ    $8, CX
	JNZ     tanh
	VZEROUPPER
	RET

// func gruForward256(n int, gates, hidden, bias *float32, size int, hn, old, out *float32), n a multiple of 8, size in
// bytes. AX, BX and SI point to r, z and n of the gates, R8 to R10 to those of the hidden product.
TEXT ·gruForward256(SB), NOSPLIT, $0-64
	MOVQ n+0(FP), CX
	MOVQ gates+8(FP), AX
	MOVQ hidden+16(FP), R8
	MOVQ bias+24(FP), R11
	MOVQ size+32(FP), DX
	MOVQ hn+40(FP), R12
	MOVQ old+48(FP), R13
	MOVQ out+56(FP), DI
	LEAQ (AX)(DX*1), BX
	LEAQ (AX)(DX*2), SI
	LEAQ (R8)(DX*1), R9
	LEAQ (R8)(DX*2), R10
	LEAQ (DX)(DX*2), DX     // from the bias of r to that of hn
	XORQ R15, R15

forward:
	VMOVUPS (AX)(R15*1), Y0           // r = σ(x_r + h_r + b_r)
	VADDPS  (R8)(R15*1), Y0, Y0
	VADDPS  (R11), Y0, Y0
	LOGISTIC
	VMOVUPS Y0, (AX)(R15*1)
	VMOVAPS Y0, Y7
	MOVQ    size+32(FP), R14
	VMOVUPS (BX)(R15*1), Y0           // z = σ(x_z + h_z + b_z)
	VADDPS  (R9)(R15*1), Y0, Y0
	VADDPS  (R11)(R14*1), Y0, Y0
	LOGISTIC
	VMOVUPS Y0, (BX)(R15*1)
	VMOVAPS Y0, Y8
	VMOVUPS (R10)(R15*1), Y9          // hn = h_n + b_hn
	VADDPS  (R11)(DX*1), Y9, Y9
	VMOVUPS Y9, (R12)(R15*1)
	VMOVUPS (SI)(R15*1), Y0           // n = tanh(x_n + b_in + r∘hn)
	VADDPS  (R11)(R14*2), Y0, Y0
	VFMADD231PS Y7, Y9, Y0
	TANH
	VMOVUPS Y0, (SI)(R15*1)
	VMOVUPS (R13)(R15*1), Y1          // h = n + z∘(h − n)
	VSUBPS  Y0, Y1, Y1
	VFMADD231PS Y8, Y1, Y0
	VMOVUPS Y0, (DI)(R15*1)
	ADDQ    $32, R15
	ADDQ    $32, R11
	SUBQ    $8, CX
	JNZ     forward
	VZEROUPPER
	RET

// func gruBackward256(n int, gates, hidden, sums *float32, size int, hn, old, grad, carry *float32), as above
TEXT ·gruBackward256(SB), NOSPLIT, $0-72
	MOVQ n+0(FP), CX
	MOVQ gates+8(FP), AX
	MOVQ hidden+16(FP), R8
	MOVQ sums+24(FP), R11
	MOVQ size+32(FP), R14
	MOVQ hn+40(FP), R12
	MOVQ old+48(FP), R13
	MOVQ grad+56(FP), DX
	MOVQ carry+64(FP), DI
	LEAQ (AX)(R14*1), BX
	LEAQ (AX)(R14*2), SI
	LEAQ (R8)(R14*1), R9
	LEAQ (R8)(R14*2), R10
	XORQ R15, R15

backward:
	VMOVUPS one<>(SB), Y15
	VMOVUPS (AX)(R15*1), Y0           // r
	VMOVUPS (BX)(R15*1), Y1           // z
	VMOVUPS (SI)(R15*1), Y2           // n
	VMOVUPS (R12)(R15*1), Y3          // hn
	VMOVUPS (DX)(R15*1), Y4           // dh = grad + carry
	VADDPS  (DI)(R15*1), Y4, Y4
	VMULPS  Y1, Y4, Y5                // carry = dh∘z
	VMOVUPS Y5, (DI)(R15*1)
	VMOVUPS (R13)(R15*1), Y6          // dz = dh∘(h − n)∘z∘(1 − z)
	VSUBPS  Y2, Y6, Y6
	VSUBPS  Y1, Y15, Y7
	VMULPS  Y5, Y6, Y6
	VMULPS  Y7, Y6, Y6
	VMULPS  Y7, Y4, Y7                // dn = dh∘(1 − z)∘(1 − n²)
	VFNMADD213PS Y15, Y2, Y2
	VMULPS  Y2, Y7, Y7
	VMULPS  Y0, Y7, Y8                // dhn = dn∘r
	VSUBPS  Y0, Y15, Y9               // dr = dn∘hn∘r∘(1 − r)
	VMULPS  Y3, Y9, Y9
	VMULPS  Y8, Y9, Y9
	VMOVUPS Y9, (AX)(R15*1)
	VMOVUPS Y6, (BX)(R15*1)
	VMOVUPS Y7, (SI)(R15*1)
	VMOVUPS Y8, (R12)(R15*1)
	VMOVUPS Y9, (R8)(R15*1)
	VMOVUPS Y6, (R9)(R15*1)
	VMOVUPS Y8, (R10)(R15*1)
	VADDPS  (R11), Y9, Y9             // sums over the weeks: r, z, n, hn
	VMOVUPS Y9, (R11)
	VADDPS  (R11)(R14*1), Y6, Y6
	VMOVUPS Y6, (R11)(R14*1)
	VADDPS  (R11)(R14*2), Y7, Y7
	VMOVUPS Y7, (R11)(R14*2)
	LEAQ    (R14)(R14*2), R14
	VADDPS  (R11)(R14*1), Y8, Y8
	VMOVUPS Y8, (R11)(R14*1)
	MOVQ    size+32(FP), R14
	ADDQ    $32, R11
	ADDQ    $32, R15
	SUBQ    $8, CX
	JNZ     backward
	VZEROUPPER
	RET

// func add256(n int, sum, x *float32), n a multiple of 8: sum ← sum + x
TEXT ·add256(SB), NOSPLIT, $0-24
	MOVQ n+0(FP), CX
	MOVQ sum+8(FP), DI
	MOVQ x+16(FP), SI

add:
	VMOVUPS (DI), Y0
	VADDPS  (SI), Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ    $32, DI
	ADDQ    $32, SI
	SUBQ    $8, CX
	JNZ     add
	VZEROUPPER
	RET

// func addReLU256(n int, y, b *float32), n a multiple of 8: y ← max(y + b, 0)
TEXT ·addReLU256(SB), NOSPLIT, $0-24
	MOVQ   n+0(FP), CX
	MOVQ   y+8(FP), DI
	MOVQ   b+16(FP), SI
	VXORPS Y1, Y1, Y1

relu:
	VMOVUPS (DI), Y0
	VADDPS  (SI), Y0, Y0
	VMAXPS  Y0, Y1, Y0     // the sum is the second operand: NaN is preserved
	VMOVUPS Y0, (DI)
	ADDQ    $32, DI
	ADDQ    $32, SI
	SUBQ    $8, CX
	JNZ     relu
	VZEROUPPER
	RET

// func keepPositive256(n int, d, y *float32), n a multiple of 8: d ← d where y > 0, else 0
TEXT ·keepPositive256(SB), NOSPLIT, $0-24
	MOVQ   n+0(FP), CX
	MOVQ   d+8(FP), DI
	MOVQ   y+16(FP), SI
	VXORPS Y1, Y1, Y1

positive:
	VCMPPS  $1, (SI), Y1, Y0 // 0 < y
	VANDPS  (DI), Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ    $32, DI
	ADDQ    $32, SI
	SUBQ    $8, CX
	JNZ     positive
	VZEROUPPER
	RET
