package neural

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"pgregory.net/rapid"

	"deepcausalmmm/panel"
)

func TestSharesSumToOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		M := rapid.IntRange(1, 5).Draw(t, "channels")
		spots := rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0, 1e-8), rapid.Float64Range(0, 1e9))
		row := rapid.SliceOfN(spots, M, M).Draw(t, "media")
		shares := scaleMedia(row, M)
		require.InDelta(t, 1, floats.Sum(shares), 1e-12)
		require.GreaterOrEqual(t, floats.Min(shares), 0.0)
		if floats.Sum(row) <= offAir {
			require.Equal(t, slices.Repeat([]float64{1 / float64(M)}, M), shares, "off air, shares are equal")
			return
		}
		for i, j := range shares {
			require.InDelta(t, row[i]/floats.Sum(row), j, 1e-12)
		}
	})
}

// Scaled data do not depend on the unit of a region's target, nor on a common factor of all media.
func TestScaledDataHaveNoUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := draw(t)
		train, _ := split(t, p)
		q := copyOf(p)
		factor := rapid.Float64Range(0.1, 1000).Draw(t, "factor")
		region := rapid.IntRange(0, len(p.Regions)-1).Draw(t, "region")
		floats.Scale(factor, q.RegionTarget(region, panel.Span{To: len(p.Weeks)}))
		floats.Scale(factor, q.Media)

		season := decompose(p, train)
		want := fitted(t, p, train).window(p, train, 2, season)
		got := fitted(t, q, train).window(q, train, 2, decompose(q, train))
		require.InDeltaSlice(t, want.Target, got.Target, 1e-9)
		require.InDeltaSlice(t, want.Media, got.Media, 1e-9)
	})
}

// Scaled controls do not depend on the origin of a control, and on its unit only through the 1e-8 in the denominator.
func TestScaledControlsIgnoreOriginAndUnit(t *testing.T) {
	bin := func(x float64) int { return int(x * 50) } // distinct values are at least 1/50 apart
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(8, 60).Draw(t, "rows")
		z := rapid.SliceOfNDistinct(rapid.Float64Range(-5, 5), n, n, bin).Draw(t, "z")
		shift, factor := rapid.Float64Range(-5, 5).Draw(t, "shift"), rapid.Float64Range(0.7, 100).Draw(t, "factor")
		other := slices.Clone(z)
		for i := range other {
			other[i] = factor*other[i] + shift
		}
		want, wantIQR := scaledAsOnlyControl(t, z)
		got, gotIQR := scaledAsOnlyControl(t, other)
		require.InDelta(t, factor*wantIQR, gotIQR, 1e-9)
		for i := range want {
			require.InDelta(t, want[i], got[i], 1e-5)
		}
	})
}

// scaledAsOnlyControl scales z as the only control of one region and clips it at ±3.5, which makes the unit-dependent clip irrelevant.
func scaledAsOnlyControl(t *rapid.T, z []float64) ([]float64, float64) {
	p := &panel.Panel{Regions: labels("", 1), Weeks: labels("", len(z)), Controls: labels("c", 1), Control: z}
	p.Target = slices.Repeat([]float64{1}, len(z))
	s := fitted(t, p, panel.Span{To: len(z)})
	scaled := s.scaleControls(z)
	for i := range scaled {
		scaled[i] = min(max(scaled[i], -tightClip), tightClip)
	}
	return scaled, s.ControlIQR[0]
}

// The tight clip applies if scaling more than doubles the standard deviation of all controls together.
func TestClipOfControls(t *testing.T) {
	for name, c := range map[string]struct {
		iqr  []float64
		z    []float64 // [rows, C]
		clip float64
	}{
		"not stretched":            {[]float64{1}, []float64{0, 1, -1, 100}, 5},
		"just not stretched":       {[]float64{0.5 / 1.349}, []float64{0, 1, -1, 100}, 5},
		"stretched":                {[]float64{0.49 / 1.349}, []float64{0, 1, -1, 100}, 3.5},
		"one of two stretched":     {[]float64{0.1, 100}, []float64{0, 3, 1, -1, -1, 1000}, 5},
		"no spread in the iqr":     {[]float64{0}, []float64{0, 0, 0, 1}, 3.5},
		"constant, at the median":  {[]float64{0}, []float64{0, 0, 0, 0}, 5},
		"constant, off the median": {[]float64{0}, []float64{7, 7}, 5},
	} {
		t.Run(name, func(t *testing.T) {
			s := scaling{ControlMedian: make([]float64, len(c.iqr)), ControlIQR: c.iqr}
			scaled := s.scaleControls(c.z)
			require.LessOrEqual(t, floats.Norm(scaled, math.Inf(1)), c.clip)
			if floats.Norm(c.z, math.Inf(1)) > 0 {
				require.Equal(t, c.clip, floats.Max(scaled), "some value is beyond the clip")
			}
		})
	}
}

// The scaling and the training window do not depend on the holdout.
func TestScalingDoesNotDependOnTheHoldout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := draw(t)
		train, holdout := split(t, p)
		q := copyOf(p)
		for _, b := range []struct {
			cells   []float64
			columns int
		}{{q.Media, len(q.Channels)}, {q.Control, len(q.Controls)}, {q.Target, 1}} {
			for r := range q.Regions {
				for t := holdout.From; t < holdout.To; t++ {
					for k := range b.columns {
						b.cells[(r*len(q.Weeks)+t)*b.columns+k] = 1e6 * float64(1+r+t+k)
					}
				}
			}
		}
		a, b := fitted(t, p, train), fitted(t, q, train)
		require.Equal(t, a, b)
		require.Equal(t, decompose(p, train), decompose(q, train))
		require.Equal(t, a.window(p, train, 3, decompose(p, train)), b.window(q, train, 3, decompose(q, train)))
	})
}

func TestScalingSurvivesJSON(t *testing.T) {
	s := scaling{TargetMean: []float64{1.0 / 3}, ControlMedian: []float64{-2}, ControlIQR: []float64{math.Pi}}
	raw, err := json.Marshal(s)
	require.NoError(t, err)
	var back scaling
	require.NoError(t, json.Unmarshal(raw, &back))
	require.Equal(t, s, back)
}
