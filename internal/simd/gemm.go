package simd

import (
	"fmt"
	"sync"
)

// tile is a kernel that sums a block of rows × cols elements of a product in the processor's registers.
type tile struct {
	name       string
	rows, cols int

	// run computes c ← a·b, or c ← c + a·b, for whole blocks: a is rows × k with elements aRow and aStep bytes
	// apart along a row and along k, b is k × cols with rows bStep bytes apart, c has rows cRow bytes apart.
	run func(k int, a *float32, aRow, aStep int, b *float32, bStep int, c *float32, cRow int, add bool)
}

// best is the fastest tile that the processor has; nil where it has none.
var best = func() *tile {
	if len(tiles) == 0 {
		return nil
	}
	return &tiles[0]
}()

// Available tells whether the processor has one of the kernels. Without, Gemm must not be called.
func Available() bool { return best != nil }

// Kernel names the kernel in use, "" without.
func Kernel() string {
	if best == nil {
		return ""
	}
	return best.name
}

// The blocks of Goto and van de Geijn (2008): depth of b's rows times a tile's columns stay in the first-level cache
// while a block of a passes, and blockRows × depth of a in the second-level one while b's columns pass.
const (
	depth     = 320
	blockRows = 384
)

// Gemm computes c ← a·b + beta·c with a [m, k] and b [k, n], or their transposes where said, row-major with rows lda,
// ldb and ldc elements apart. It runs on the calling goroutine.
func Gemm(transA, transB bool, m, n, k int, a []float32, lda int, b []float32, ldb int, beta float32,
	c []float32, ldc int) {
	gemm(best, transA, transB, m, n, k, a, lda, b, ldb, beta, c, ldc)
}

func gemm(t *tile, transA, transB bool, m, n, k int, a []float32, lda int, b []float32, ldb int, beta float32,
	c []float32, ldc int) {
	if m == 0 || n == 0 {
		return
	}
	check("c", c, ldc, m, n, false)
	if k == 0 || beta != 0 && beta != 1 { // else the first sums are stored or added
		scale(beta, m, n, c, ldc)
	}
	if k == 0 {
		return
	}
	check("a", a, lda, m, k, transA)
	check("b", b, ldb, k, n, transB)
	w := scratch.Get().(*workspace)
	defer scratch.Put(w)
	p := product{tile: t, w: w, transA: transA, a: a, lda: lda, c: c, ldc: ldc, m: m, n: n}
	for at := 0; at < k; at += depth {
		p.at, p.deep, p.add = at, min(depth, k-at), beta != 0 || at > 0
		p.layOut(transB, b, ldb)
		for lo := 0; lo < m; lo += blockRows {
			p.rows(lo, min(m, lo+blockRows))
		}
	}
}

// scale sets c ← beta·c, and to 0 for beta = 0 whatever stood there.
func scale(beta float32, m, n int, c []float32, ldc int) {
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

// check keeps the kernels, which know no bounds, within a slice.
func check(name string, data []float32, stride, rows, cols int, trans bool) {
	if trans {
		rows, cols = cols, rows
	}
	if stride < cols || len(data) < (rows-1)*stride+cols {
		panic(fmt.Sprintf("simd: %s has %d elements, too few for %d × %d with rows %d apart", name, len(data), rows, cols, stride))
	}
}

// product is one step of depth deep rows of b, from row at on.
type product struct {
	*tile
	w          *workspace
	transA     bool
	a, c       []float32
	lda, ldc   int
	m, n       int
	at, deep   int
	add        bool
	panels     []float32 // panels of b that had to be laid out anew, [deep, cols] each, the last filled up with 0
	firstPanel int       // number of the first of them; those before stand in b as they should
	b          []float32
	ldb        int
}

// layOut copies what of b the kernel cannot read where it stands: everything if b is transposed, else the last panel
// if it is narrower than a tile.
func (p *product) layOut(transB bool, b []float32, ldb int) {
	p.b, p.ldb, p.firstPanel = b, ldb, p.n/p.cols
	if transB {
		p.firstPanel = 0
	}
	count := (p.n+p.cols-1)/p.cols - p.firstPanel
	p.panels = grow(&p.w.panels, count*p.deep*p.cols)
	if p.n%p.cols > 0 {
		clear(p.panels[(count-1)*p.deep*p.cols:])
	}
	if !transB {
		if from := p.firstPanel * p.cols; from < p.n {
			for i := range p.deep {
				copy(p.panels[i*p.cols:], b[(p.at+i)*ldb+from:(p.at+i)*ldb+p.n])
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
func (p *product) rows(lo, hi int) {
	whole := lo + (hi-lo)/p.tile.rows*p.tile.rows
	if whole < hi {
		p.layOutRest(whole, hi)
	}
	for j := 0; j < p.n; j += p.cols {
		var b []float32
		bStep := p.cols
		if panel := j/p.cols - p.firstPanel; panel >= 0 {
			b = p.panels[panel*p.deep*p.cols:]
		} else {
			b, bStep = p.b[p.at*p.ldb+j:], p.ldb
		}
		cols := min(p.cols, p.n-j)
		for i := lo; i < whole; i += p.tile.rows {
			if p.transA {
				p.block(p.a[p.at*p.lda+i:], 1, p.lda, b, bStep, i, j, p.tile.rows, cols)
			} else {
				p.block(p.a[i*p.lda+p.at:], p.lda, 1, b, bStep, i, j, p.tile.rows, cols)
			}
		}
		if whole < hi {
			p.block(p.w.rest, p.deep, 1, b, bStep, whole, j, hi-whole, cols)
		}
	}
}

// layOutRest copies the last rows of a, fewer than a tile has, and fills up with 0.
func (p *product) layOutRest(from, to int) {
	rest := grow(&p.w.rest, p.tile.rows*p.deep)
	clear(rest)
	for i := from; i < to; i++ {
		row := rest[(i-from)*p.deep:][:p.deep]
		if !p.transA {
			copy(row, p.a[i*p.lda+p.at:])
			continue
		}
		for k := range row {
			row[k] = p.a[(p.at+k)*p.lda+i]
		}
	}
}

// block computes rows × cols elements of c from (i, j) on; one that is smaller than a tile by way of the workspace.
func (p *product) block(a []float32, aRow, aStep int, b []float32, bStep, i, j, rows, cols int) {
	const size = 4 // bytes
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

// workspace is what a product lays out anew.
type workspace struct {
	panels, rest []float32
	sums         [12 * 32]float32 // of the largest tile
}

var scratch = sync.Pool{New: func() any { return new(workspace) }}

// grow returns n elements of a buffer, which is made longer if need be.
func grow(buffer *[]float32, n int) []float32 {
	if cap(*buffer) < n {
		*buffer = make([]float32, n)
	}
	*buffer = (*buffer)[:n]
	return *buffer
}
