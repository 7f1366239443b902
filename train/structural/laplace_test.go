package structural

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
	"deepcausalmmm/layers"
)

// regional is a shape with parameters of all regions and of each.
var regional = Shape{Knots: 2, Trend: calmTrend, RegionTrend: 0.05, Harmonics: 1, Control: 0.3, Media: 0.3, RegionEffect: 0.2}

// posteriorOf is the posterior of a shape after a fit to the last digits.
func posteriorOf(t *testing.T, d *Data, s Shape, o Options) (*Model, *Posterior) {
	f, err := NewFit(context.Background(), d, s, o, Full, nil, nil)
	require.NoError(t, err)
	p, err := f.Model.posterior()
	require.NoError(t, err)
	return f.Model, p
}

// covariance is that of the draws, A·Aᵀ of the matrix A by which standard normal coordinates are multiplied.
func (p *Posterior) covariance() *mat.Dense {
	n := len(p.mode)
	root := mat.NewDense(n, n, nil)
	for j := range n {
		unit := make([]float64, n)
		unit[j] = 1
		x := p.At(unit)
		floats.Sub(x, p.mode)
		root.SetCol(j, x)
	}
	var c mat.Dense
	c.Mul(root, root.T())
	return &c
}

// hessianOfLoss is the Hessian of the negative log posterior, by second differences of the loss alone, extrapolated to a step of 0.
func hessianOfLoss(t *testing.T, m *Model) *mat.SymDense {
	mode := m.vector()
	defer m.setVector(mode)
	n, cells := len(mode), floats.Sum(m.Data.Weight)
	loss := func(i int, a float64, j int, b float64) float64 {
		x := slices.Clone(mode)
		x[i] += a
		x[j] += b
		v, err := m.lossAt(x, make([]float64, n))
		require.NoError(t, err)
		return cells * v
	}
	h := mat.NewSymDense(n, nil)
	for i := range n {
		for j := range i + 1 {
			second := func(step float64) float64 {
				return (loss(i, step, j, step) - loss(i, step, j, -step) - loss(i, -step, j, step) + loss(i, -step, j, -step)) / (4 * step * step)
			}
			h.SetSym(i, j, (4*second(1e-3)-second(2e-3))/3)
		}
	}
	return h
}

// requireCovariance compares the elements of two covariances in multiples of the standard deviations.
func requireCovariance(t *testing.T, want, got mat.Matrix, tolerance float64) {
	n, _ := want.Dims()
	for i := range n {
		for j := range n {
			scale := math.Sqrt(want.At(i, i) * want.At(j, j))
			require.InDelta(t, want.At(i, j)/scale, got.At(i, j)/scale, tolerance, "parameters %d and %d of %d", i, j, n)
		}
	}
}

// requireInverse compares a Hessian with the precision of the draws, and its inverse with their covariance, which rounding affects more.
func requireInverse(t *testing.T, h *mat.SymDense, p *Posterior) {
	var inverse, precision mat.Dense
	require.NoError(t, precision.Inverse(p.covariance()))
	requireCovariance(t, h, &precision, 1e-4)
	require.NoError(t, inverse.Inverse(h))
	requireCovariance(t, &inverse, p.covariance(), 0.01)
}

// The covariance found from the arrow of the Hessian is the inverse of the whole Hessian, which here comes from the loss alone.
func TestThePosteriorIsTheInverseHessian(t *testing.T) {
	d := dataOf(t, newWorld(t, size{3, 60, 0.02}).panel, 52)
	for _, s := range []Shape{regional, {Knots: 1, Trend: calmTrend, RegionTrend: 0.05, Media: 0.3, Signed: true}} {
		m, p := posteriorOf(t, d, s, Options{})
		require.Len(t, p.layout.own, 3)
		require.NotEmpty(t, p.layout.own[0])
		require.Equal(t, len(p.mode), len(p.layout.shared)+3*len(p.layout.own[0]))
		h := hessianOfLoss(t, m)
		var values mat.EigenSym
		require.True(t, values.Factorize(h, false))
		require.Greater(t, slices.Min(values.Values(nil)), float64(leastCurvature), "no direction is cut")
		requireInverse(t, h, p)
		require.Equal(t, p.mode, m.vector(), "the parameters are where they were")
	}
}

// Where a penalty depends on the sum over regions, no region is apart.
func TestAKnownShareConnectsTheRegions(t *testing.T) {
	d := dataOf(t, newWorld(t, size{3, 60, 0.02}).panel, 52)
	m, p := posteriorOf(t, d, regional, Options{Priors: []SharePrior{{1, 0.1, 0.02}}})
	require.Len(t, p.layout.shared, len(p.mode))
	requireInverse(t, hessianOfLoss(t, m), p)
}

// The posterior does not depend on what the model was evaluated for last.
func TestThePosteriorIsOfWhatHappened(t *testing.T) {
	d := dataOf(t, newWorld(t, size{3, 60, 0.02}).panel, 52)
	m, p := posteriorOf(t, d, regional, Options{})
	require.NoError(t, m.Under(make([]float64, len(d.Media)), nil, 0))
	again, err := m.posterior()
	require.NoError(t, err)
	require.Equal(t, p.covariance().RawMatrix().Data, again.covariance().RawMatrix().Data)
}

// The draws have the mode as their mean and the inverse Hessian as their covariance.
func TestDrawsHaveTheCovariance(t *testing.T) {
	d := dataOf(t, newWorld(t, size{2, 60, 0.02}).panel, 52)
	_, p := posteriorOf(t, d, Shape{Knots: 1, Trend: calmTrend, RegionTrend: 0.05, Media: 0.3}, Options{})
	const draws = 20000
	n, rng := len(p.mode), rand.New(rand.NewPCG(3, 1))
	mean, square := make([]float64, n), mat.NewSymDense(n, nil)
	for range draws {
		x := p.Draw(rng)
		floats.Sub(x, p.mode)
		floats.AddScaled(mean, 1.0/draws, x)
		square.SymRankOne(square, 1.0/draws, mat.NewVecDense(n, x))
	}
	want := p.covariance()
	for i, v := range mean {
		require.InDelta(t, 0, v/math.Sqrt(want.At(i, i)), 0.03)
	}
	requireCovariance(t, want, square, 0.04)
}

// A gradient by the coordinates is that by the parameters, through the matrix that leads from one to the other.
func TestPullIsTheTransposeOfAt(t *testing.T) {
	d := dataOf(t, newWorld(t, size{3, 60, 0.02}).panel, 52)
	_, p := posteriorOf(t, d, regional, Options{})
	n, rng := len(p.mode), rand.New(rand.NewPCG(5, 1))
	byX, byZ := make([]float64, n), make([]float64, n)
	for i := range byX {
		byX[i] = rng.NormFloat64()
	}
	p.pull(byZ, byX)
	for j := range n {
		unit := make([]float64, n)
		unit[j] = 1
		x := p.At(unit)
		floats.Sub(x, p.mode)
		require.InDelta(t, floats.Dot(byX, x), byZ[j], 1e-9)
	}
}

// A constant level with normal noise has a posterior in closed form: with n cells and noise of width σ, the level of a region has the
// variance σ²/n, and the logarithm of it that over the level's square.
func TestThePosteriorOfAConstantLevel(t *testing.T) {
	w := newWorld(t, size{4, 100, 0.05})
	d := dataOf(t, w.panel, 90)
	rng := rand.New(rand.NewPCG(9, 1))
	const sigma = 0.05
	for cell := range d.Target {
		d.Target[cell] = 1 + sigma*rng.NormFloat64()
	}
	o := Options{Design: Design{
		CarryOver:  func(*graph.Scope, int) graph.Layer { return layers.Unchanged{} },
		Saturation: func(*graph.Scope, int) graph.Layer { return nothing{} },
		Baseline: func(s *graph.Scope, regions, _, _ int) Baseline {
			return flat{s.PerRegion("level", graph.Structure, graph.Fill(0), regions)}
		},
	}}
	f, err := NewFit(context.Background(), d, Shape{Knots: 1, Trend: calmTrend, RegionTrend: 1, Media: 0.3}, o, Full, nil, nil)
	require.NoError(t, err)
	p, err := f.Model.posterior()
	require.NoError(t, err)
	cells := floats.Sum(d.Weight) / 4 / f.Design
	nu := f.Dof
	information := cells * (nu + 1) / ((nu + 3) * f.Sigma * f.Sigma) // Fisher's of the location of Student's t distribution
	at, known := f.Model.offset("level")
	require.True(t, known)
	c := p.covariance()
	for r := range 4 {
		level := math.Exp(p.mode[at+r])
		require.InEpsilon(t, 1/information, level*level*c.At(at+r, at+r), 0.15, "region %d", r)
		for other := range r {
			require.InDelta(t, 0, c.At(at+r, at+other)/c.At(at+r, at+r), 0.02, "regions are independent, but for the noise that they share")
		}
	}
	average, known := f.Model.offset("effect.average")
	require.True(t, known)
	prior := layers.DefaultEffectPriors(3).Average
	require.InDelta(t, prior.SD*prior.SD, c.At(average, average), 1e-6, "what sells nothing keeps its prior")
}

// nothing is a saturation by which no exposure sells anything.
type nothing struct{}

func (nothing) Forward(x *graph.Node) *graph.Node { return op.Affine(0, x, 0) }

// A curvature below that of every prior counts as that of the widest, and a negative one by its size.
func TestInverseRoot(t *testing.T) {
	h := mat.NewSymDense(3, []float64{4, 1, 0, 1, 9, 2, 0, 2, 16})
	root, err := inverseRoot(h)
	require.NoError(t, err)
	var covariance, inverse mat.Dense
	covariance.Mul(root, root.T())
	require.NoError(t, inverse.Inverse(h))
	require.InDeltaSlice(t, inverse.RawMatrix().Data, covariance.RawMatrix().Data, 1e-12)
	root, err = inverseRoot(mat.NewSymDense(2, []float64{0.01, 0, 0, -100}))
	require.NoError(t, err)
	covariance.Reset()
	covariance.Mul(root, root.T())
	require.InDeltaSlice(t, []float64{1 / float64(leastCurvature), 0, 0, 0.01}, covariance.RawMatrix().Data, 1e-12)
}
