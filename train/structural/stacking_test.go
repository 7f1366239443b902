package structural

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"deepcausalmmm/layers"
)

// never is the logarithm of a density that is 0.
var never = math.Inf(-1)

// Of two experts, of which one is right n₁ times and the other n₂ times, the first has the weight (n₁ + λ·prior)/(n₁ + n₂ + λ).
func TestStackingOfExpertsThatAreNeverBothRight(t *testing.T) {
	for _, c := range []struct {
		first, second, strength, prior, want float64
	}{{10, 10, 0, 0.5, 0.5}, {10, 10, 20, 0.5, 0.5}, {30, 10, 0, 0.5, 0.75}, {30, 10, 20, 0.5, 40.0 / 60}, {30, 10, 20, 0.1, 32.0 / 60}} {
		densities, information := make([][]float64, 2), []float64{}
		for i := range int(c.first + c.second) {
			right, wrong := 0.7, never
			if i >= int(c.first) {
				right, wrong = never, -0.3
			}
			densities[0], densities[1], information = append(densities[0], right), append(densities[1], wrong), append(information, 1)
		}
		w := stack(densities, information, []float64{c.prior, 1 - c.prior}, c.strength)
		require.InDelta(t, c.want, w[0], 1e-6, "%+v", c)
		require.InDelta(t, 1, w[0]+w[1], 1e-12)
	}
}

func TestStackingWithoutObservationsIsThePrior(t *testing.T) {
	require.Equal(t, []float64{0.2, 0.8}, stack([][]float64{{}, {}}, nil, []float64{0.2, 0.8}, 10))
	require.InDeltaSlice(t, []float64{0.2, 0.8}, stack([][]float64{{3, -2}, {3, -2}}, []float64{1, 1}, []float64{0.2, 0.8}, 10), 1e-9,
		"equal densities do not tell")
	require.Equal(t, []float64{1}, stack([][]float64{{-3, -900}}, []float64{1, 1}, []float64{1}, 10))
}

// drawn are log densities of K experts.
func drawnDensities(rng *rand.Rand, experts, observations int) [][]float64 {
	d := make([][]float64, experts)
	for k := range d {
		for range observations {
			d[k] = append(d[k], 2*rng.NormFloat64()-0.3*float64(k)-700) // densities that are 0 in float64 have logarithms, too
		}
	}
	return d
}

// objective is what stacking maximises, but for 700 an observation.
func objective(densities [][]float64, information, prior []float64, strength float64, w []float64) float64 {
	total := 0.0
	for i, n := range information {
		mixture := 0.0
		for k := range w {
			mixture += w[k] * math.Exp(densities[k][i]+700)
		}
		total += n * math.Log(mixture)
	}
	for k := range w {
		total += strength * prior[k] * math.Log(w[k])
	}
	return total
}

// The weights are those of a fine grid for two experts, and no other weights of three have a higher objective.
func TestStackingMaximisesTheObjective(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 10 {
		densities, information, prior := drawnDensities(rng, 2, 30), layers.Ones(30), []float64{0.3, 0.7}
		w := stack(densities, information, prior, 5)
		best, at := math.Inf(-1), 0.0
		for i := 1; i < 10000; i++ {
			x := float64(i) / 10000
			if v := objective(densities, information, prior, 5, []float64{x, 1 - x}); v > best {
				best, at = v, x
			}
		}
		require.InDelta(t, at, w[0], 2e-4)

		densities, prior = drawnDensities(rng, 3, 30), []float64{0.2, 0.5, 0.3}
		w = stack(densities, information, prior, 5)
		reached := objective(densities, information, prior, 5, w)
		for range 1000 {
			other := make([]float64, 3)
			for k := range other {
				other[k] = w[k] * math.Exp(0.3*rng.NormFloat64())
			}
			floats.Scale(1/floats.Sum(other), other)
			require.LessOrEqual(t, objective(densities, information, prior, 5, other), reached+1e-6)
		}
	}
}

// An observation of information 2 is two of them, and one of information 0 none.
func TestInformationScales(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	d := drawnDensities(rng, 3, 20)
	information, prior := layers.Ones(20), []float64{0.2, 0.5, 0.3}
	information[0], information[1] = 2, 0
	twice := make([][]float64, 3)
	for k := range d {
		twice[k] = append([]float64{d[k][0], d[k][0]}, d[k][2:]...)
	}
	require.InDeltaSlice(t, stack(twice, layers.Ones(20), prior, 5), stack(d, information, prior, 5), 1e-9)
	for i := range information {
		information[i] = 1e-9
	}
	require.InDeltaSlice(t, prior, stack(d, information, prior, 5), 1e-6, "with little information the prior is left")
}
