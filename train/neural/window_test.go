package neural

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"deepcausalmmm/panel"
)

// A window is burn-in rows of zeros and then its weeks: the windows of two parts, joined, are the window of the whole.
func TestWindowIsPaddedRegionByRegion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := draw(t)
		train, holdout := split(t, p)
		burnIn := rapid.IntRange(0, 5).Draw(t, "burn-in")
		s, season := fitted(t, p, train), decompose(p, train)
		all := s.window(p, panel.Span{To: len(p.Weeks)}, 0, season)
		for _, span := range []panel.Span{train, holdout} {
			w := s.window(p, span, burnIn, season)
			require.Equal(t, burnIn+span.Len(), w.Weeks)
			require.Len(t, w.Season, w.Regions*w.Weeks)
			for r := range p.Regions {
				for week := range w.Weeks {
					for m := range w.Channels {
						want := 0.0
						if week >= burnIn {
							want = all.Media[(r*all.Weeks+span.From+week-burnIn)*w.Channels+m]
						}
						require.Equal(t, want, w.Media[(r*w.Weeks+week)*w.Channels+m])
					}
					want := 0.0
					if week >= burnIn {
						want = p.Target[r*all.Weeks+span.From+week-burnIn] / s.TargetMean[r]
					}
					require.Equal(t, want, w.Target[r*w.Weeks+week])
				}
			}
			require.Len(t, w.Control, w.Regions*w.Weeks*w.Controls)
		}
	})
}

func TestWindowDoesNotChangeThePanel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := draw(t)
		train, _ := split(t, p)
		before := copyOf(p)
		season := decompose(p, train)
		fitted(t, p, train).window(p, train, 1, season).starts()
		require.Equal(t, before, p)
	})
}

// draw makes a panel of up to 4 regions, 40 weeks, 4 channels and 3 controls, with the target well above 0.
func draw(t *rapid.T) *panel.Panel {
	R, T := rapid.IntRange(1, 4).Draw(t, "regions"), rapid.IntRange(2, 40).Draw(t, "weeks")
	M, C := rapid.IntRange(1, 4).Draw(t, "channels"), rapid.IntRange(0, 3).Draw(t, "controls")
	numbers := func(name string, n int, of *rapid.Generator[float64]) []float64 {
		return rapid.SliceOfN(of, n, n).Draw(t, name)
	}
	spots := rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0.01, 1000))
	p, err := panel.New(panel.Panel{
		Regions: labels("r", R), Weeks: labels("", T), Channels: labels("m", M), Controls: labels("c", C),
		Media:   numbers("media", R*T*M, spots),
		Control: numbers("control", R*T*C, rapid.Float64Range(-50, 50)),
		Target:  numbers("target", R*T, rapid.Float64Range(1, 100)),
	})
	require.NoError(t, err)
	return p
}

// split takes at least one week for training and may leave none as holdout.
func split(t *rapid.T, p *panel.Panel) (train, holdout panel.Span) {
	train, holdout, err := p.Split(rapid.Float64Range(0, 0.9).Draw(t, "ratio"), 1)
	require.NoError(t, err)
	return train, holdout
}

func fitted(t *rapid.T, p *panel.Panel, span panel.Span) scaling {
	s, err := fitScaling(p, span)
	require.NoError(t, err)
	return s
}

func copyOf(p *panel.Panel) *panel.Panel {
	q := *p
	q.Media, q.Control, q.Target = slices.Clone(p.Media), slices.Clone(p.Control), slices.Clone(p.Target)
	return &q
}
