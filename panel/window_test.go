package panel

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A window is burn-in rows of zeros and then its weeks: the windows of two parts, joined, are the window of the whole.
func TestWindowIsPaddedRegionByRegion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := draw(t)
		train, holdout := split(t, p)
		burnIn := rapid.IntRange(0, 5).Draw(t, "burn-in")
		s, season := fitted(t, p, train), Decompose(p, train)
		all := s.Window(p, Span{0, len(p.Weeks)}, 0, season)
		for _, span := range []Span{train, holdout} {
			w := s.Window(p, span, burnIn, season)
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
		season := Decompose(p, train)
		fitted(t, p, train).Window(p, train, 1, season).Starts()
		require.Equal(t, before, p)
	})
}
