package structural

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/internal/cores"
)

// Posterior is the normal approximation of a posterior at its mode (Laplace; Tierney and Kadane 1986): the covariance is the
// inverse of the Hessian of the negative log posterior. Given the parameters that all regions share, those of one region do
// not depend on another's, so the Hessian is an arrow: a block A for the shared ones, a block D_r for each region's own, and B_r
// between them. It is found from two gradients for each shared parameter and for each of a region's own, at any number of regions
// (Curtis, Powell and Reid 1974).
type Posterior struct {
	mode    []float64
	layout  layout
	root    *mat.Dense   // [N, N]: a root of the covariance of the shared parameters
	ownRoot []*mat.Dense // [R], [Q, Q]: of a region's own, given the shared ones
	slope   []*mat.Dense // [R], [Q, N]: how they follow the shared ones, −D⁻¹B
}

// layout are the positions of parameters in the vector of all: those shared by all regions, and the own ones of each.
type layout struct {
	shared []int   // [N]
	own    [][]int // [R], [Q]
}

// layout finds the positions. Penalties of what all regions add up to, such as a known share, connect the regions: then all
// parameters are shared.
func (m *Model) layout() layout {
	R, at := m.Data.Regions, 0
	l := layout{own: make([][]int, R)}
	together := R == 1 || m.connected()
	for _, p := range m.Parameters {
		n := len(p.Value.Float64s())
		for i := range n {
			if p.PerRegion && !together {
				r := i / (n / R)
				l.own[r] = append(l.own[r], at+i)
			} else {
				l.shared = append(l.shared, at+i)
			}
		}
		at += n
	}
	return l
}

// leastCurvature is the smallest curvature that a direction is taken to have. The priors of the model's own parts have standard
// deviations of at most 1, so only parameters without a prior, such as those of a recurrence, have less.
const leastCurvature = 1

// posterior approximates the posterior at the current parameters.
func (m *Model) posterior() (*Posterior, error) {
	p := &Posterior{mode: m.vector(), layout: m.layout()}
	defer m.setVector(p.mode)
	shared, own := p.layout.shared, p.layout.own
	N, Q := len(shared), len(own[0])
	a := mat.NewSymDense(N, nil)
	var d []*mat.SymDense
	var b []*mat.Dense
	if Q > 0 {
		for range own {
			d, b = append(d, mat.NewSymDense(Q, nil)), append(b, mat.NewDense(Q, N, nil))
		}
	}
	for j, at := range shared {
		column, err := m.hessianColumn(p.mode, []int{at})
		if err != nil {
			return nil, err
		}
		for i := range j + 1 {
			a.SetSym(i, j, column[shared[i]])
		}
		for r := range b {
			for i, at := range own[r] {
				b[r].Set(i, j, column[at])
			}
		}
	}
	for j := range Q {
		var positions []int // one of each region
		for r := range own {
			positions = append(positions, own[r][j])
		}
		column, err := m.hessianColumn(p.mode, positions)
		if err != nil {
			return nil, err
		}
		for r := range d {
			for i := range j + 1 {
				d[r].SetSym(i, j, column[own[r][i]])
			}
		}
	}
	return p, p.factor(a, b, d)
}

// factor takes the roots of the covariance.
func (p *Posterior) factor(a *mat.SymDense, b []*mat.Dense, d []*mat.SymDense) error {
	R, N := len(d), len(p.layout.shared)
	p.ownRoot, p.slope = make([]*mat.Dense, R), make([]*mat.Dense, R)
	removed, failures := make([]*mat.Dense, R), make([]error, R)
	cores.Share(R, 4, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			root, err := inverseRoot(d[r])
			if failures[r] = err; err != nil {
				continue
			}
			var half, slope, term mat.Dense // D^(−½)ᵀB, and BᵀD⁻¹B
			half.Mul(root.T(), b[r])
			slope.Mul(root, &half)
			slope.Scale(-1, &slope)
			term.Mul(half.T(), &half)
			p.ownRoot[r], p.slope[r], removed[r] = root, &slope, &term
		}
	})
	for r, err := range failures {
		if err != nil {
			return err
		}
		for i := range N {
			for j := i; j < N; j++ {
				a.SetSym(i, j, a.At(i, j)-removed[r].At(i, j))
			}
		}
	}
	var err error
	p.root, err = inverseRoot(a)
	return err
}

// inverseRoot is a matrix C with C·Cᵀ = H⁻¹, of the eigenvectors of H. A negative curvature, of a point that is no minimum yet, counts by
// its size, so that steps along it stay short (Dauphin et al. 2014).
func inverseRoot(h *mat.SymDense) (*mat.Dense, error) {
	var eigen mat.EigenSym
	if hasNaN(h) || !eigen.Factorize(h, true) {
		return nil, fmt.Errorf("structural: the curvature of the posterior has no eigenvalues: the fit is not at a minimum")
	}
	var root mat.Dense
	eigen.VectorsTo(&root)
	values := eigen.Values(nil)
	for j, v := range values {
		scale := 1 / math.Sqrt(max(math.Abs(v), leastCurvature))
		for i := range values {
			root.Set(i, j, scale*root.At(i, j))
		}
	}
	return &root, nil
}

func hasNaN(h *mat.SymDense) bool {
	return slices.ContainsFunc(h.RawSymmetric().Data, math.IsNaN)
}

// Draw is a draw of all parameters.
func (p *Posterior) Draw(rng *rand.Rand) []float64 {
	z := make([]float64, len(p.mode))
	for i := range z {
		z[i] = rng.NormFloat64()
	}
	return p.At(z)
}

// At is the point with standard normal coordinates z: those of the shared parameters first, then of each region's own.
func (p *Posterior) At(z []float64) []float64 {
	x := slices.Clone(p.mode)
	N := len(p.layout.shared)
	var shared mat.VecDense
	shared.MulVec(p.root, mat.NewVecDense(N, z[:N]))
	for i, at := range p.layout.shared {
		x[at] += shared.AtVec(i)
	}
	z = z[N:]
	for r, root := range p.ownRoot {
		Q := len(p.layout.own[r])
		var own, mean mat.VecDense
		own.MulVec(root, mat.NewVecDense(Q, z[:Q]))
		mean.MulVec(p.slope[r], &shared)
		for i, at := range p.layout.own[r] {
			x[at] += own.AtVec(i) + mean.AtVec(i)
		}
		z = z[Q:]
	}
	return x
}

// pull turns a gradient by x into the one by z.
func (p *Posterior) pull(byZ, byX []float64) {
	N := len(p.layout.shared)
	shared := mat.NewVecDense(N, elements(byX, p.layout.shared))
	at := N
	for r, root := range p.ownRoot {
		Q := len(p.layout.own[r])
		own := mat.NewVecDense(Q, elements(byX, p.layout.own[r]))
		mat.NewVecDense(Q, byZ[at:at+Q]).MulVec(root.T(), own)
		var through mat.VecDense
		through.MulVec(p.slope[r].T(), own)
		shared.AddVec(shared, &through)
		at += Q
	}
	mat.NewVecDense(N, byZ[:N]).MulVec(p.root.T(), shared)
}

// elements are the elements of x at some positions.
func elements(x []float64, positions []int) []float64 {
	picked := make([]float64, len(positions))
	for i, at := range positions {
		picked[i] = x[at]
	}
	return picked
}

// hessianColumn is the sum of the columns of the Hessian of the negative log posterior at some positions, by central differences
// of the gradient.
func (m *Model) hessianColumn(at []float64, positions []int) ([]float64, error) {
	const step = 1e-4
	var sides [2][]float64
	for i, sign := range []float64{1, -1} {
		x := slices.Clone(at)
		for _, j := range positions {
			x[j] += sign * step
		}
		sides[i] = make([]float64, len(at))
		if _, err := m.lossAt(x, sides[i]); err != nil {
			return nil, err
		}
	}
	floats.Sub(sides[0], sides[1])
	floats.Scale(floats.Sum(m.Data.Weight)/(2*step), sides[0])
	return sides[0], nil
}
