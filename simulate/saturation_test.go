package simulate

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var forms = append([]Saturation{Hill}, saturations...)

func drawCurve(t *rapid.T, of ...Saturation) saturating {
	form, half := rapid.SampledFrom(of).Draw(t, "form"), rapid.Float64Range(0.1, 3).Draw(t, "half")
	d := newDraws(rapid.Uint64().Draw(t, "seed"), "")
	return drawSaturating(d, 0, form, half, d.stream("channel", 0))
}

func TestSaturationRisesFromZero(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawCurve(t, forms...)
		require.Zero(t, s.at(0))
		low := rapid.Float64Range(1e-3, 1).Draw(t, "stock")
		require.Greater(t, s.at(1.01*low), s.at(low), "%+v", s)
	})
}

func TestHillPassesOneHalfAtItsHalfSaturation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawCurve(t, Hill, Concave, SShape)
		require.InDelta(t, 0.5, s.at(s.half), 1e-12)
		require.InDelta(t, 1, s.at(1e12), 1e-4)
	})
}

func TestClosedForms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, x := drawCurve(t, Exponential, Power, Linear), rapid.Float64Range(0.01, 20).Draw(t, "stock")
		want := map[Saturation]float64{Exponential: 1 - math.Exp(-x/s.half), Power: math.Exp(s.slope * math.Log(x)), Linear: x}
		require.InDelta(t, want[s.form], s.at(x), 1e-9)
	})
}

// The second difference at small stocks has the sign that the form claims.
func TestOnlyTheSShapeIsConvexBeforeItIsConcave(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawCurve(t, Concave, SShape, Exponential, Power)
		small := 0.1 * s.half
		bend := s.at(2*small) - 2*s.at(small)
		require.Equal(t, s.form == SShape, bend > 0, "%+v", s)
	})
}
