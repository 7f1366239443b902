package neural

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

// Ridge regression is least squares with √0.01·I appended to X and zeros to y, here solved by QR.
func TestRidgeAgreesWithLeastSquares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, K := rapid.IntRange(1, 30).Draw(t, "rows"), rapid.IntRange(1, 5).Draw(t, "columns")
		values := rapid.Float64Range(-3, 3)
		x := rapid.SliceOfN(values, rows*K, rows*K).Draw(t, "x")
		y := rapid.SliceOfN(values, rows, rows).Draw(t, "y")

		stacked := mat.NewDense(rows+K, K, append(slices.Clone(x), make([]float64, K*K)...))
		for k := range K {
			stacked.Set(rows+k, k, math.Sqrt(0.01))
		}
		var want mat.VecDense
		padded := mat.NewVecDense(rows+K, append(slices.Clone(y), make([]float64, K)...))
		require.NoError(t, want.SolveVec(stacked, padded))
		require.InDeltaSlice(t, want.RawVector().Data, ridge(x, K, y), 1e-7)
	})
}

func TestStartsAreFiniteAndBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := draw(t)
		train, _ := split(t, p)
		w := fitted(t, p, train).window(p, train, rapid.IntRange(0, 4).Draw(t, "burn-in"), decompose(p, train))
		s := w.starts()
		require.Len(t, s.HillHalf, w.Channels)
		require.Len(t, s.StableMedia, w.Channels)
		require.Len(t, s.StableControl, w.Controls)
		require.Len(t, s.RegionBaseline, w.Regions)
		for _, x := range slices.Concat(s.HillHalf, s.StableMedia, s.StableControl) {
			require.False(t, math.IsNaN(x) || math.IsInf(x, 0), "%+v", s)
		}
		for _, x := range s.StableMedia {
			require.GreaterOrEqual(t, x, 0.0)
		}
		for _, mean := range s.RegionBaseline {
			require.InDelta(t, 1, mean, 1e-12, "a target in units of its mean averages 1")
		}
	})
}

// Burn-in rows are not used: they would pull every regression and percentile towards 0.
func TestStartsIgnoreBurnIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := draw(t)
		train, _ := split(t, p)
		scaling, season := fitted(t, p, train), decompose(p, train)
		want := scaling.window(p, train, 0, season).starts()
		require.Equal(t, want, scaling.window(p, train, 7, season).starts())
	})
}

// The Python original divides by 0 here: a single channel always has all of the media, so its shares are constant.
func TestSingleChannelHasAStart(t *testing.T) {
	y := []float64{1, 2, 3, 2}
	w := &window{Regions: 1, Weeks: 4, Channels: 1, Media: []float64{1, 1, 1, 1}, Target: y}
	beta := 8 / 4.01
	require.InDelta(t, stat.StdDev(y, nil)/(1+math.Exp(-beta)), w.starts().StableMedia[0], 1e-12)
}

// A channel that correlates with low sales starts at the magnitude of its coefficient: media coefficients are not negative.
func TestStableMediaTakesTheMagnitudeOfACoefficient(t *testing.T) {
	x, y := []float64{1, 0, 0.8, 0.2, 0.1, 0.9}, []float64{-1, -0.5, 1.5}
	w := &window{Regions: 1, Weeks: 3, Channels: 2, Media: x, Target: y}
	beta := ridge(x, 2, y)
	require.Negative(t, beta[0])
	ratio := stat.StdDev(y, nil) / stat.StdDev(x, nil)
	require.InDelta(t, ratio/(1+math.Exp(beta[0])), w.starts().StableMedia[0], 1e-12)
}

func TestHillHalf(t *testing.T) {
	shares := func(share float64, n int) []float64 { return slices.Repeat([]float64{share}, n) }
	for name, c := range map[string]struct {
		shares []float64
		want   float64
	}{
		"ten shares are too few": {shares(0.3, 10), hillHalfUnset},
		"eleven are enough":      {shares(0.3, 11), math.Log(0.3 / 0.7)},
		"off air does not count": {append(shares(0.3, 10), shares(1e-4, 90)...), hillHalfUnset},
		"half":                   {shares(0.5, 20), 0}, // ln(0.5/0.5): 0.5 is not above 0.5
		"below half":             {shares(0.45, 20), math.Log(0.45 / 0.55)},
		"above half":             {shares(0.6, 20), math.Log(math.Exp(0.6) - 1)},
		"tiny":                   {shares(0.001, 20), math.Log(0.05 / 0.95)},
		"all":                    {shares(1, 20), math.Log(math.Exp(0.9) - 1)},
		"60th percentile": {
			[]float64{.3, .1, .2, 0, .21, .22, .23, .24, .25, .26, .27, .28}, math.Log(0.25 / 0.75),
		},
	} {
		t.Run(name, func(t *testing.T) { require.InDelta(t, c.want, hillHalf(c.shares), 1e-7) })
	}
}
