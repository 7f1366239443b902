package learn_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"deepcausalmmm/dag"
	"deepcausalmmm/dag/learn"
)

// drawConstraints forbids and requires at random, as far as the two agree.
func drawConstraints(t *rapid.T, d int) *dag.Constraints {
	c := dag.NewConstraints(d)
	node := rapid.IntRange(0, d-1)
	if rapid.Bool().Draw(t, "tiers") {
		order := drawOrder(t, d)
		require.NoError(t, c.Tier(order[:d/2], order[d/2:]))
	}
	for range rapid.IntRange(0, 5).Draw(t, "forbidden") {
		c.Forbid(node.Draw(t, "from"), node.Draw(t, "to"))
	}
	for range rapid.IntRange(0, 5).Draw(t, "required") {
		_ = c.Require(node.Draw(t, "from"), node.Draw(t, "to")) // fails for an edge that is forbidden or closes a cycle
	}
	return c
}

func TestConstraintsAreKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.IntRange(2, 5).Draw(t, "variables")
		rng := seeded(rapid.Uint64().Draw(t, "seed"))
		x := drawLinear(rng, d).sample(40, rng.NormFloat64)
		c := drawConstraints(t, d)
		e := estimate(t, learn.Options{
			Method:      rapid.SampledFrom(append(methods, learn.Exact)).Draw(t, "method"),
			Lags:        rapid.IntRange(0, 1).Draw(t, "lags"),
			Plain:       rapid.Bool().Draw(t, "plain"),
			Threshold:   rapid.SampledFrom([]float64{0, 0.3, 10}).Draw(t, "threshold"),
			Standardise: rapid.Bool().Draw(t, "standardise"),
			Constraints: c,
		}, x)
		requireSound(t, e)
		for i := range d {
			for j := range d {
				if c.Required(i, j) {
					require.NotZero(t, e.Graph.Strongest().At(i, j), "required %d → %d", i, j)
					require.NotZero(t, e.Graph.Same().At(i, j), "required %d → %d", i, j)
				}
				if i != j && !c.Allowed(i, j) {
					require.Zero(t, e.Graph.Strongest().At(i, j), "forbidden %d → %d", i, j)
					require.Zero(t, e.Graph.Same().At(i, j), "forbidden %d → %d", i, j)
				}
			}
		}
	})
}

// An edge that is forbidden is so in the past too, but a variable's own past always counts.
func TestForbiddenEdgesAreForbiddenInThePast(t *testing.T) {
	rng := seeded(4)
	x := mat.NewDense(400, 2, nil) // the first drives the second a week later, strongly
	for t := range 400 {
		x.Set(t, 0, rng.NormFloat64())
		x.Set(t, 1, rng.NormFloat64())
		if t > 0 {
			x.Set(t, 1, x.At(t, 1)+2*x.At(t-1, 0)+0.5*x.At(t-1, 1))
		}
	}
	forbidding, tiers := dag.NewConstraints(2), dag.NewConstraints(2)
	forbidding.Forbid(0, 1)
	forbidding.Forbid(1, 1) // no edge between nodes: says nothing of its past
	require.NoError(t, tiers.Tier([]int{1}, []int{0}))
	for _, method := range methods {
		for _, plain := range []bool{false, true} {
			o := learn.Options{Method: method, Lags: 1, Plain: plain, Threshold: 0.1}
			require.NotZero(t, estimate(t, o, x).Graph.Lagged()[0].At(0, 1))
			for _, c := range []*dag.Constraints{forbidding, tiers} {
				o.Constraints = c
				e := estimate(t, o, x)
				require.Zero(t, e.Graph.Lagged()[0].At(0, 1))
				require.Zero(t, e.Graph.Strongest().At(0, 1))
				require.NotZero(t, e.Graph.Lagged()[0].At(1, 1), "its own past")
			}
		}
	}
}

func TestConstraintsMustFitTheData(t *testing.T) {
	_, err := learn.Learn(context.Background(), learn.Options{Constraints: dag.NewConstraints(3)}, noise(seeded(1), 9, 2))
	require.EqualError(t, err, "learn: constraints on 3 variables for data of 2")
}
