package simulate

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func drawMedium(t *rapid.T) medium {
	return medium{
		carryover: rapid.Float64Range(0, 0.9).Draw(t, "carryover"),
		half:      rapid.Float64Range(0.1, 2).Draw(t, "half"),
		slope:     rapid.Float64Range(0.5, 3).Draw(t, "slope"),
	}
}

func TestAdstockOfAnImpulseDecaysGeometrically(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMedium(t)
		for week, stock := range m.adstock([]float64{1, 0, 0, 0, 0}) {
			require.InDelta(t, (1-m.carryover)*math.Pow(m.carryover, float64(week)), stock, 1e-12)
		}
	})
}

func TestAdstockOfConstantActivityTendsToIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMedium(t)
		activity := make([]float64, 400)
		for week := range activity {
			activity[week] = 3
		}
		require.InDelta(t, 3, m.adstock(activity)[399], 1e-9)
	})
}

func TestSaturationRisesFromZeroThroughOneHalfToOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMedium(t)
		require.Zero(t, m.saturation(0))
		require.InDelta(t, 0.5, m.saturation(m.half), 1e-12)
		require.InDelta(t, 1, m.saturation(1e12), 1e-4)
		low := rapid.Float64Range(1e-3, 10).Draw(t, "stock")
		require.Greater(t, m.saturation(1.01*low), m.saturation(low))
	})
}
