package simulate

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"pgregory.net/rapid"
)

func drawCarry(t *rapid.T) carrying {
	form := rapid.SampledFrom(carryovers).Draw(t, "form")
	return drawCarrying(newDraws(rapid.Uint64().Draw(t, "seed"), ""), 0, form, rapid.Float64Range(0, 0.9).Draw(t, "retention"))
}

func TestAdstockOfAnImpulseHasTheClosedForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCarry(t)
		lambda := c.retention
		closed := map[Carryover]func(lag float64) float64{
			Geometric:   func(lag float64) float64 { return math.Pow(lambda, lag) },
			Delayed:     func(lag float64) float64 { return math.Exp(math.Log(lambda) * math.Pow(lag-c.peak, 2)) },
			NoCarryover: func(lag float64) float64 { return map[bool]float64{true: 1}[lag == 0] },
			Weibull: func(lag float64) float64 {
				at := (lag + 0.5) / c.scale
				return c.shape / c.scale * math.Pow(at, c.shape-1) * math.Exp(-math.Pow(at, c.shape))
			},
		}[c.form]
		impulse := make([]float64, 200)
		impulse[0] = 1
		last, all := window, 0.0
		if c.form == Geometric {
			last = len(impulse)
		}
		for lag := range last {
			all += closed(float64(lag))
		}
		for lag, stock := range c.adstock(impulse) {
			want := 0.0
			if lag < last {
				want = closed(float64(lag)) / all
			}
			require.InDelta(t, want, stock, 1e-8, "%s, week %d", c.form, lag)
		}
	})
}

func TestWeightsAddUpToOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { require.InDelta(t, 1, floats.Sum(drawCarry(t).weights()), 1e-12) })
}

func TestAdstockOfConstantActivityTendsToIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		activity := make([]float64, 400)
		for week := range activity {
			activity[week] = 3
		}
		require.InDelta(t, 3, drawCarry(t).adstock(activity)[399], 1e-9)
	})
}

func TestDelayedCarryoverPeaksLater(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCarrying(newDraws(rapid.Uint64().Draw(t, "seed"), ""), 0, Delayed, rapid.Float64Range(0, 0.9).Draw(t, "retention"))
		require.InDelta(t, c.peak, floats.MaxIdx(c.weights()), 0.5+1e-9)
	})
}
