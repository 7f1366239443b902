package simulate

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSalesArePositiveAndTheSumOfTheirTerms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := runDrawn(t, drawConfig(t))
		g := w.given
		for r := range w.regions {
			for week, sales := range w.observed.sales[r] {
				require.Positive(t, sales, "region %d, week %d", r, week)
				sum := g.baseline[r][week] + g.trend[r][week] + g.season[r][week] + g.noise[r][week]
				for _, term := range append(g.controls[:len(g.controls):len(g.controls)], w.observed.media...) {
					sum += term[r][week]
				}
				require.InEpsilon(t, sum, sales, 1e-12)
			}
		}
	})
}

// The bounds keep sales positive even if all draws are at their worst.
func TestBoundsKeepTheWorstWeekPositive(t *testing.T) {
	require.Positive(t, 1-1.3*maxSeason-maxDeviation*maxControlEffect-maxDeviation*maxNoise)
}

func TestSilencedChannelIsSilent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := runDrawn(t, drawConfig(t))
		silenced := rapid.IntRange(0, len(w.channels)-1).Draw(t, "silenced")
		played := w.play(change{do: map[int]float64{silenced: 0}})
		for r := range w.regions {
			for week := range w.weeks {
				require.Zero(t, played.activity[silenced][r][week])
				require.Zero(t, played.media[silenced][r][week])
			}
		}
	})
}

// An intervention changes only descendants.
func TestSilencingChangesOnlyDescendants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := runDrawn(t, drawConfig(t))
		silenced := rapid.IntRange(0, len(w.channels)-1).Draw(t, "silenced")
		played, reached := w.play(change{do: map[int]float64{silenced: 0}}), descendants(w.funnel, silenced)
		for m := range w.channels {
			if reached[m] {
				require.Less(t, w.sum(played.activity[m]), w.sum(w.observed.activity[m]), "channel %d", m)
			} else {
				require.Equal(t, w.observed.activity[m], played.activity[m], "channel %d", m)
			}
		}
	})
}

func descendants(f *funnel, source int) map[int]bool {
	reached := map[int]bool{source: true}
	for _, m := range f.order {
		for _, parent := range f.parents[m] {
			reached[m] = reached[m] || reached[parent]
		}
	}
	return reached
}

func TestRunDoesNotChangeTheConfig(t *testing.T) {
	c := DefaultConfig()
	_, err := Run(c)
	require.NoError(t, err)
	require.Equal(t, DefaultConfig(), c)
}
