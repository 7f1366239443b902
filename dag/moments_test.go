package dag_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"

	"deepcausalmmm/dag"
)

// Each observation beside its past, a series at a time, and then gonum's covariance.
func TestMomentsAreTheCovarianceOfObservationsBesideTheirPast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, lags := rapid.IntRange(1, 4).Draw(t, "variables"), rapid.IntRange(0, 3).Draw(t, "lags")
		rng := seeded(rapid.Uint64().Draw(t, "seed"))
		var series []mat.Matrix
		var stacked [][]float64
		for range rapid.IntRange(1, 4).Draw(t, "series") {
			n := rapid.IntRange(1, 9).Draw(t, "rows")
			x := noise(rng, n, d)
			x.Apply(func(_, _ int, v float64) float64 { return v + 3 }, x)
			series = append(series, x)
			for t := lags; t < n; t++ {
				var row []float64
				for k := range lags + 1 {
					row = append(row, x.RawRowView(t-k)...)
				}
				stacked = append(stacked, row)
			}
		}
		m, err := dag.NewMoments(lags, series...)
		n := len(stacked)
		if n < 2 {
			require.ErrorContains(t, err, "two are the fewest")
			return
		}
		require.NoError(t, err)
		require.Equal(t, []int{n, d, lags}, []int{m.Observations, m.Variables, m.Lags})
		all := mat.NewDense(n, d*(1+lags), nil)
		for i, row := range stacked {
			all.SetRow(i, row)
		}
		var want mat.SymDense
		stat.CovarianceMatrix(&want, all, nil)
		for i := range d * (1 + lags) {
			for j := range d * (1 + lags) {
				got := m.Covariance.Data[i*m.Covariance.Stride+j]
				require.InDelta(t, want.At(i, j)*float64(n-1)/float64(n), got, 1e-12)
			}
		}
	})
}

func TestStandardisedMomentsAreCorrelations(t *testing.T) {
	x := noise(seeded(1), 30, 4)
	x.Apply(func(i, j int, v float64) float64 { return math.Pow(10, float64(j))*v + x.At(i, 0) }, x)
	x.SetCol(3, make([]float64, 30)) // a constant stays as it is
	m, err := dag.NewMoments(0, x)
	require.NoError(t, err)
	before := append([]float64(nil), m.Covariance.Data...)
	got := m.Standardise().Covariance.Data
	require.Equal(t, before, m.Covariance.Data, "the moments themselves stay")
	for i := range 4 {
		for j := range 4 {
			want := 0.0
			if i < 3 && j < 3 {
				want = stat.Correlation(mat.Col(nil, i, x), mat.Col(nil, j, x), nil)
			}
			require.InDelta(t, want, got[i*4+j], 1e-12)
		}
	}
}

// A variable and its past are divided by the same number.
func TestStandardisingKeepsAVariableAndItsPastTogether(t *testing.T) {
	m, err := dag.NewMoments(1, noise(seeded(2), 20, 2))
	require.NoError(t, err)
	got := m.Standardise()
	for i := range 4 {
		for j := range 4 {
			at := i*4 + j
			scale := math.Sqrt(m.Covariance.Data[i%2*5] * m.Covariance.Data[j%2*5])
			require.InDelta(t, m.Covariance.Data[at]/scale, got.Covariance.Data[at], 1e-12)
		}
	}
}

// A column of one value has no variance, though its mean is rounded.
func TestRoundingOfTheMeanIsNoVariance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value, n := rapid.Float64Range(-1e9, 1e9).Draw(t, "value"), rapid.IntRange(2, 400).Draw(t, "rows")
		x := mat.NewDense(n, 2, nil)
		for i := range n {
			x.Set(i, 0, value)
			x.Set(i, 1, float64(i))
		}
		m, err := dag.NewMoments(0, x)
		require.NoError(t, err)
		require.Zero(t, m.At(0, 0))
		require.Zero(t, m.Standardise().At(0, 1))
		require.Positive(t, m.At(1, 1))
	})
}
