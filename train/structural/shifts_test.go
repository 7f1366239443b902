package structural

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// series is autocorrelated noise with shifts of its mean.
func series(seed uint64, n int, rho float64, at map[int]float64) (x []float64, weeks []int) {
	rng := rand.New(rand.NewPCG(seed, 1))
	noise, level := rng.NormFloat64(), 0.0
	for i := range n {
		noise = rho*noise + math.Sqrt(1-rho*rho)*rng.NormFloat64()
		level += at[i]
		x, weeks = append(x, noise+level), append(weeks, i+3)
	}
	return x, weeks
}

// Clear shifts are found within two rows; independent and autocorrelated noise has none, nor has a shift at an end.
func TestShiftsAreFoundWhereTheyAre(t *testing.T) {
	found := 0
	for seed := range uint64(50) {
		got := shifts(series(seed, 120, 0.3, map[int]float64{40: 5, 90: -6}))
		require.InDelta(t, 43, got[0], 2, "seed %d", seed)
		require.InDelta(t, 93, got[1], 2, "seed %d", seed)
		one := shifts(series(seed, 120, 0, map[int]float64{60: 4}))
		require.InDelta(t, 63, one[0], 3, "seed %d", seed)
		require.Zero(t, one[1], "seed %d", seed)
		require.Zero(t, shifts(series(seed, 120, 0, map[int]float64{117: 9})), "seed %d", seed)
		require.Zero(t, shifts(series(seed, 10, 0, nil)), "too short")
		for _, rho := range []float64{0, 0.5} {
			if shifts(series(seed, 120, rho, nil)) != (Shifts{}) {
				found++
			}
		}
	}
	require.Less(t, found, 5, "of 100 series of noise")
	require.Zero(t, shifts(make([]float64, 50), make([]int, 50)))
}

// A world whose level shifts shows the shift to a model without it; with it, the model finds its size, which lasts after the training.
func TestAShiftOfTheLevelIsFitted(t *testing.T) {
	w := newWorld(t, size{4, 120, 0.01})
	d := dataOf(t, w.panel, 110)
	for cell := range d.Target {
		if cell%d.Weeks >= 50 {
			d.Target[cell] += 0.12
		}
	}
	s := plain
	fit := func() *Fit {
		f, err := NewFit(context.Background(), d, s, Options{}, Full, nil, nil)
		require.NoError(t, err)
		return f
	}
	without := fit()
	s.Shifts = without.Shifts()
	require.InDelta(t, 50, s.Shifts[0], 3)
	s.Shifts = Shifts{50}
	with := fit()
	shift := with.Model.Params.Get("baseline.shift").Value.Float64s()
	require.InDelta(t, math.Log1p(0.12/0.6), shift[0], 0.04)
	require.Less(t, with.Sigma, without.Sigma)
	require.Contains(t, s.String(), "level shifts in rows [50]")
	requireGradients(t, d, s, Options{})
	later := &Data{Weeks: 3, From: 49}
	require.Equal(t, []float64{0, 1, 1}, later.steps(s.Shifts))
}

func TestShiftsOfAFileAreChecked(t *testing.T) {
	for s, valid := range map[Shifts]bool{{}: true, {5}: true, {5, 9}: true, {9, 5}: false, {-1}: false, {100}: false, {0, 7}: true} {
		require.Equal(t, valid, s.valid(100), "%v", s)
	}
}
