package simulate

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// A tail of Student's t has the probability of its distribution function.
func TestStudentNoiseHasItsDistribution(t *testing.T) {
	rng, n, beyond := newDraws(1, "").stream("test"), 200_000, 0
	var x []float64
	for range n {
		z := student(rng, 5)
		x = append(x, z)
		if math.Abs(z) > 3 {
			beyond++
		}
	}
	require.InDelta(t, 1, stat.StdDev(x, nil), 0.02)
	want := 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: 5}.CDF(-3*math.Sqrt(5.0/3))
	require.InEpsilon(t, want, float64(beyond)/float64(n), 0.05)
}

func TestOutliersAreRareAndLarge(t *testing.T) {
	c := DefaultConfig()
	c.Noise, c.Outliers = 0, 0.05
	w, err := Run(c)
	require.NoError(t, err)
	odd := 0
	for r, region := range w.regions {
		for _, e := range w.given.noise[r] {
			if e != 0 {
				odd++
				require.InDelta(t, 0.225, math.Abs(e)/region.baseline, 0.0751)
			}
		}
	}
	require.InEpsilon(t, 0.05, float64(odd)/float64(w.Rows()), 0.2)
}
