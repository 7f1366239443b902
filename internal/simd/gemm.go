package simd

import (
	"fmt"
	"sync"
	"unsafe"
)

// tile is a kernel that computes a block of rows × cols elements of a product in registers.
type tile[F Float] struct {
	name       string
	rows, cols int

	// run computes c ← a·b, or c ← c + a·b, for whole blocks: a is rows × k with elements aRow and aStep bytes
	// apart along a row and along k, b is k × cols with rows bStep bytes apart, c has rows cRow bytes apart.
	run func(k int, a *F, aRow, aStep int, b *F, bStep int, c *F, cRow int, add bool)
}

// Available reports whether the processor can run a kernel. If not, Gemm must not be called.
func Available() bool { return len(singles) > 0 }

// Kernel names the kernels in use, "" if there are none.
func Kernel() string {
	if !Available() {
		return ""
	}
	return singles[0].name
}

// The blocks of Goto and van de Geijn (2008): depth of b's rows times a tile's columns stay in the first-level cache
// while a block of a passes, and blockRows × depth of a in the second-level one while b's columns pass.
const (
	depth     = 320
	blockRows = 384
)

// Gemm computes c ← a·b + beta·c with a [m, k] and b [k, n], or their transposes, row-major with strides lda, ldb and
// ldc. It runs on the calling goroutine.
func Gemm[F Float](transA, transB bool, m, n, k int, a []F, lda int, b []F, ldb int, beta F, c []F, ldc int) {
	gemm(best[F](), transA, transB, m, n, k, a, lda, b, ldb, beta, c, ldc)
}

// best returns the fastest kernel that the processor can run.
func best[F Float]() *tile[F] {
	if t, ok := any(&singles[0]).(*tile[F]); ok {
		return t
	}
	return any(&doubles[0]).(*tile[F])
}

func gemm[F Float](t *tile[F], transA, transB bool, m, n, k int, a []F, lda int, b []F, ldb int, beta F, c []F, ldc int) {
	if m == 0 || n == 0 {
		return
	}
	check("c", c, ldc, m, n, false)
	if k == 0 || beta != 0 && beta != 1 { // otherwise the first step stores or adds its sums
		scale(beta, m, n, c, ldc)
	}
	if k == 0 {
		return
	}
	check("a", a, lda, m, k, transA)
	check("b", b, ldb, k, n, transB)
	w := scratch[F]().Get().(*workspace[F])
	defer scratch[F]().Put(w)
	p := product[F]{tile: t, w: w, transA: transA, a: a, lda: lda, c: c, ldc: ldc, m: m, n: n}
	for at := 0; at < k; at += depth {
		p.at, p.deep, p.add = at, min(depth, k-at), beta != 0 || at > 0
		p.layOut(transB, b, ldb)
		for lo := 0; lo < m; lo += blockRows {
			p.rows(lo, min(m, lo+blockRows))
		}
	}
}

// scale sets c ← beta·c, and to 0 for beta = 0 even if c is not finite.
func scale[F Float](beta F, m, n int, c []F, ldc int) {
	for i := range m {
		row := c[i*ldc : i*ldc+n]
		if beta == 0 {
			clear(row)
			continue
		}
		for j := range row {
			row[j] *= beta
		}
	}
}

// check panics if a matrix exceeds its slice: the kernels do not check bounds.
func check[F Float](name string, data []F, stride, rows, cols int, trans bool) {
	if trans {
		rows, cols = cols, rows
	}
	if stride < cols || len(data) < (rows-1)*stride+cols {
		panic(fmt.Sprintf("simd: %s has %d elements, too few for %d × %d with rows %d apart", name, len(data), rows, cols, stride))
	}
}

// product is one step over deep rows of b, from row at on.
type product[F Float] struct {
	*tile[F]
	w          *workspace[F]
	transA     bool
	a, c       []F
	lda, ldc   int
	m, n       int
	at, deep   int
	add        bool
	panels     []F // copied panels of b, [deep, cols] each, the last padded with 0
	firstPanel int // number of the first copied panel; those before are read from b
	b          []F
	ldb        int
}

// layOut copies the panels of b that the kernel cannot read in place: all if b is transposed or if its rows collide in the
// cache, else the last panel if it is narrower than a tile.
func (p *product[F]) layOut(transB bool, b []F, ldb int) {
	p.b, p.ldb, p.firstPanel = b, ldb, p.n/p.cols
	if transB || collides(b, ldb) {
		p.firstPanel = 0
	}
	count := (p.n+p.cols-1)/p.cols - p.firstPanel
	p.panels = grow(&p.w.panels, count*p.deep*p.cols)
	if p.n%p.cols > 0 {
		clear(p.panels[(count-1)*p.deep*p.cols:])
	}
	if !transB {
		for i := range p.deep {
			row := b[(p.at+i)*ldb : (p.at+i)*ldb+p.n]
			for j := p.firstPanel * p.cols; j < p.n; j += p.cols {
				copy(p.panels[((j/p.cols-p.firstPanel)*p.deep+i)*p.cols:], row[j:min(p.n, j+p.cols)])
			}
		}
		return
	}
	for j := range p.n {
		panel := p.panels[j/p.cols*p.deep*p.cols+j%p.cols:]
		for i, v := range b[j*ldb+p.at : j*ldb+p.at+p.deep] {
			panel[i*p.cols] = v
		}
	}
}

// rows adds this step's part to the rows [lo, hi) of c.
func (p *product[F]) rows(lo, hi int) {
	a, aRow, aStep := p.left(lo, hi)
	whole := (hi - lo) / p.tile.rows * p.tile.rows
	if whole < hi-lo {
		p.layOutRest(a[whole*aRow:], aRow, aStep, hi-lo-whole)
	}
	for j := 0; j < p.n; j += p.cols {
		var b []F
		bStep := p.cols
		if panel := j/p.cols - p.firstPanel; panel >= 0 {
			b = p.panels[panel*p.deep*p.cols:]
		} else {
			b, bStep = p.b[p.at*p.ldb+j:], p.ldb
		}
		cols := min(p.cols, p.n-j)
		for i := 0; i < whole; i += p.tile.rows {
			p.block(a[i*aRow:], aRow, aStep, b, bStep, lo+i, j, p.tile.rows, cols)
		}
		if whole < hi-lo {
			p.block(p.w.rest, p.deep, 1, b, bStep, lo+whole, j, hi-lo-whole, cols)
		}
	}
}

// left returns this step's part of the rows [lo, hi) of a, with its strides along the rows of the product and along k. It is
// a copy if the rows collide in the cache.
func (p *product[F]) left(lo, hi int) (a []F, aRow, aStep int) {
	if p.transA {
		a, ld := p.apart(p.a[p.at*p.lda+lo:], p.deep, hi-lo)
		return a, 1, ld
	}
	a, ld := p.apart(p.a[lo*p.lda+p.at:], hi-lo, p.deep)
	return a, ld, 1
}

func (p *product[F]) apart(a []F, rows, cols int) ([]F, int) {
	if !collides(a, p.lda) {
		return a, p.lda
	}
	ld := cols
	if collides(a, ld) {
		ld += p.cols
	}
	copied := grow(&p.w.left, rows*ld)
	for i := range rows {
		copy(copied[i*ld:], a[i*p.lda:i*p.lda+cols])
	}
	return copied, ld
}

// collides reports whether rows with stride ld share few sets of a first-level cache of 64 sets of 64 bytes.
func collides[F Float](x []F, ld int) bool { return ld*int(unsafe.Sizeof(x[0]))%1024 == 0 }

// layOutRest copies the last rows of a, fewer than those of a tile. The results of the kernel for the others are discarded.
func (p *product[F]) layOutRest(a []F, aRow, aStep, rows int) {
	rest := grow(&p.w.rest, p.tile.rows*p.deep)
	for i := range rows {
		for k := range p.deep {
			rest[i*p.deep+k] = a[i*aRow+k*aStep]
		}
	}
}

// block computes rows × cols elements of c from (i, j) on, through the workspace if the block is smaller than a tile.
func (p *product[F]) block(a []F, aRow, aStep int, b []F, bStep, i, j, rows, cols int) {
	size := int(unsafe.Sizeof(a[0]))
	at := i*p.ldc + j
	if rows == p.tile.rows && cols == p.cols {
		p.run(p.deep, &a[0], size*aRow, size*aStep, &b[0], size*bStep, &p.c[at], size*p.ldc, p.add)
		return
	}
	sums := p.w.sums[:p.tile.rows*p.cols]
	p.run(p.deep, &a[0], size*aRow, size*aStep, &b[0], size*bStep, &sums[0], size*p.cols, false)
	for r := range rows {
		row, sum := p.c[at+r*p.ldc:][:cols], sums[r*p.cols:][:cols]
		if !p.add {
			copy(row, sum)
			continue
		}
		for q, v := range sum {
			row[q] += v
		}
	}
}

// workspace holds the copies of a product.
type workspace[F Float] struct {
	panels []F        // of b
	left   []F        // a block of a
	rest   []F        // the last rows of a
	sums   [12 * 32]F // of the largest tile
}

var (
	singleScratch = sync.Pool{New: func() any { return new(workspace[float32]) }}
	doubleScratch = sync.Pool{New: func() any { return new(workspace[float64]) }}
)

// scratch returns the pool of workspaces of a type.
func scratch[F Float]() *sync.Pool {
	if _, ok := any(F(0)).(float32); ok {
		return &singleScratch
	}
	return &doubleScratch
}

// grow returns n elements of a buffer, which is enlarged if necessary.
func grow[F Float](buffer *[]F, n int) []F {
	if cap(*buffer) < n {
		*buffer = make([]F, n)
	}
	*buffer = (*buffer)[:n]
	return *buffer
}
