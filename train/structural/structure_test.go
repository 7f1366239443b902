package structural

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/train/model"
)

// The exposure under an intervention follows the equations, computed here week by week.
func TestDoTravelsAlongTheEquations(t *testing.T) {
	d, g := dataOf(t, newWorld(t, small).panel, 80), chain(t)
	same, lag, own := g.Same().At(0, 1), g.Lag(1).At(0, 1), g.Lag(1).At(1, 1)
	const factor, from = 0.4, 20
	s, err := NewStructure(d, g)
	require.NoError(t, err)
	got, err := s.Under(model.Intervention{Channels: map[int]float64{0: factor}}, from)
	require.NoError(t, err)
	for r := range d.Regions {
		var tv, search float64 // the changes of their log-exposures the week before
		for week := range d.Weeks {
			at := (r*d.Weeks + week) * 3
			x := d.Media[at : at+3]
			moved := 0.0
			want := []float64{x[0], x[1], x[2]}
			if week >= from {
				moved = math.Log1p(factor*x[0]) - math.Log1p(x[0])
				want[0] = factor * x[0]
			}
			search = same*moved + lag*tv + own*search
			tv = moved
			want[1] = max(math.Exp(math.Log1p(x[1])+search)-1, 0)
			for c := range want {
				require.InDelta(t, want[c], got[at+c], 1e-12, "region %d, week %d, channel %d", r, week, c)
			}
		}
	}
	got, err = s.Under(model.Intervention{}, from)
	require.NoError(t, err)
	require.Equal(t, d.Media, got, "without an intervention, to the last bit")
}

// Channels at 1 times their exposure change nothing, nor do weeks before the intervention change.
func TestAnInterventionChangesOnlyWhatItSets(t *testing.T) {
	const from = 20
	d := dataOf(t, newWorld(t, small).panel, 80)
	s, err := NewStructure(d, chain(t))
	require.NoError(t, err)
	same, err := s.Under(model.Intervention{Channels: map[int]float64{0: 1, 2: 1}}, 0)
	require.NoError(t, err)
	require.InDeltaSlice(t, d.Media, same, 1e-12)
	off, err := s.Under(model.Intervention{Channels: map[int]float64{0: 0, 1: 2}}, from)
	require.NoError(t, err)
	for i, x := range d.Media {
		switch week, channel := i/3%d.Weeks, i%3; {
		case week < from || channel == 2:
			require.InDelta(t, x, off[i], 1e-12)
		case channel == 0:
			require.InDelta(t, 0, off[i], 1e-12)
		default:
			require.InDelta(t, 2*x, off[i], 1e-12, "a channel that is set does not follow its parents")
		}
	}
}

// A channel moves others only if an edge other than its own carry-over leaves it.
func TestMoves(t *testing.T) {
	s := Structure{Graph: chain(t)}
	require.Equal(t, []bool{true, false, false}, []bool{s.moves(0), s.moves(1), s.moves(2)})
}
