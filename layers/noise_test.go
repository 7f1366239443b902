package layers_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/distuv"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/gradcheck"
	"deepcausalmmm/graph/op"
	"deepcausalmmm/layers"
)

// The loss is gonum's density at the width and the degrees of freedom that the layer reports.
func TestNoiseIsStudentsT(t *testing.T) {
	for _, size := range []float64{-2, -4, -30} {
		f := newFixture()
		l := layers.NewNoise(f.Scope)
		loss := l.Loss(f.Constant("p", []float64{0.01, -0.2}, 1, 2), f.Input("y", 1, 2), f.Constant("w", []float64{1, 3}, 1, 2))
		require.InDelta(t, 0, f.run(t, l.Penalty())[0], 1e-12, "it starts at the means of the priors")
		require.NoError(t, f.params.Set("noise.size", []float64{size}))
		require.NoError(t, f.params.Set("noise.dof", []float64{math.Log(4 - 2)}))
		require.InEpsilon(t, max(math.Exp(size), 1e-4), l.Width(), 0.01)
		require.InDelta(t, 4, l.Dof(), 1e-12)
		density := distuv.StudentsT{Sigma: l.Width(), Nu: l.Dof()}
		require.InDelta(t, -(density.LogProb(0.01)+3*density.LogProb(0.2))/4, f.run(t, loss)[0], 1e-9)
	}
	rng := rand.New(rand.NewPCG(6, 6))
	require.NoError(t, gradcheck.Layer(rng, func(s *graph.Scope, in ...*graph.Node) *graph.Node {
		l := layers.NewNoise(s)
		return op.Add(l.Loss(in[0], s.Input("y", 2, 3), s.Constant("w", layers.Ones(6), 2, 3)), l.Penalty())
	}, gradcheck.Normal(rng, "p", 0, 0.1, 2, 3)))
}

// A heavy tail pulls a small effect as a normal prior of about its scale does, and a large one hardly.
func TestHeavyTailsLeaveLargeEffects(t *testing.T) {
	const scale = 0.05
	penalty := func(effect float64) float64 {
		f := newFixture()
		return f.run(t, layers.HeavyTailed(f.Constant("b", []float64{effect}, 1), scale))[0]
	}
	slope := func(effect float64) float64 { return (penalty(effect+1e-6) - penalty(effect-1e-6)) / 2e-6 }
	require.InEpsilon(t, 1.5*0.005/(scale*scale), slope(0.005), 0.01, "(ν+1)/ν·b/s²")
	require.InEpsilon(t, 3/1.0, slope(1), 0.01, "(ν+1)/b, 400 times less")
}
