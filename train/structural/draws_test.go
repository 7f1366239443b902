package structural

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"deepcausalmmm/dag"
)

// twoForms are two members on one small world, and two graphs.
func twoForms(t *testing.T) ([]Member, []*dag.Graph) {
	d := dataOf(t, newWorld(t, size{4, 60, 0.01}).panel, 52)
	var members []Member
	for _, m := range []struct {
		weight float64
		shape  Shape
	}{{0.7, plain}, {0.3, Shape{Knots: 1, Trend: calmTrend, RegionTrend: 0.03, Media: 0.3, CarryOver: Delayed, Signed: true}}} {
		f, err := NewFit(context.Background(), d, m.shape, Options{Seed: 3}, Full, nil, nil)
		require.NoError(t, err)
		members = append(members, Member{m.shape.String(), m.weight, f})
	}
	return members, []*dag.Graph{chain(t), dag.NewEmpty(3, 1)}
}

// Draws depend on the seed, not on the number of cores. Each is of a member and of a graph.
func TestDrawsDoNotDependOnTheNumberOfCores(t *testing.T) {
	members, graphs := twoForms(t)
	var all [][]Draw
	for _, cores := range []int{1, 2} {
		before := runtime.GOMAXPROCS(cores)
		s, err := newSampler(members, graphs, 7)
		require.NoError(t, err)
		heard := make([]bool, 11)
		draws, leftOut, err := s.draw(context.Background(), 10, func(done int) { heard[done] = true })
		runtime.GOMAXPROCS(before)
		require.NoError(t, err)
		require.Empty(t, leftOut)
		require.NotContains(t, heard[1:], false)
		all = append(all, draws)
	}
	require.Equal(t, all[0], all[1])
	require.Len(t, all[0], 10)
	require.Len(t, all[0][0].Predicted, 4*60)
	for i, d := range all[0] {
		require.Same(t, graphs[i%2], d.Graph)
		require.Equal(t, i%2 == 1, d.Effects[0].Indirect == 0, "only on the chain does tv move search")
	}
	s, err := newSampler(members, graphs, 8)
	require.NoError(t, err)
	other, _, err := s.draw(context.Background(), 1, nil)
	require.NoError(t, err)
	require.NotEqual(t, all[0][0].Effects, other[0].Effects)
}

// Of any run of draws a member has about its weight, on every graph.
func TestMembersAreDrawnByWeight(t *testing.T) {
	s := sampler{members: []Member{{Weight: 0.6}, {Weight: 0.3}, {Weight: 0.1}}}
	for _, from := range []int{0, 100} {
		for _, every := range []int{1, 20} {
			const n = 200
			drawn := make([]float64, 3)
			for i := range n {
				drawn[s.member(from+i*every)]++
			}
			for k, m := range s.members {
				require.InDelta(t, m.Weight, drawn[k]/n, 0.03, "member %d, each %d from %d", k, every, from)
			}
		}
	}
	one := sampler{members: []Member{{Weight: 1}}}
	require.Zero(t, one.member(5))
}

// The effects are drawn around those of the mode, and their spread is that of the parameters.
func TestEffectsAreDrawnAroundTheMode(t *testing.T) {
	members, _ := twoForms(t)
	only := []Member{{members[0].What, 1, members[0].Fit}}
	s, err := newSampler(only, []*dag.Graph{chain(t)}, 7)
	require.NoError(t, err)
	draws, _, err := s.draw(context.Background(), 300, nil)
	require.NoError(t, err)
	e := effectsAlong(t, only[0].Fit, chain(t))
	for c := range 3 {
		var direct []float64
		for _, d := range draws {
			direct = append(direct, d.Effects[c].Direct)
			require.InEpsilon(t, d.Effects[c].Total, d.Effects[c].Direct+d.Effects[c].Indirect, 1e-9)
		}
		mean, sd := stat.MeanStdDev(direct, nil)
		require.InDelta(t, e.Channels[c].Direct, mean, sd, "channel %d", c)
		require.Positive(t, sd)
	}
}

// A draw whose structural equations diverge is in no interval; the others are as if there had been no such graph.
func TestDivergingDrawsAreLeftOut(t *testing.T) {
	members, graphs := twoForms(t)
	explosive, err := dag.NewGraph(mat.NewDense(3, 3, []float64{0, -0.6, 0, 0, 0, 0, 0, 0, 0}), mat.NewDense(3, 3, []float64{0, 0, 0, 0, 3, 0, 0, 0, 0}))
	require.NoError(t, err)
	draw := func(n int, graphs ...*dag.Graph) ([]Draw, []LeftOut, error) {
		s, err := newSampler(members, graphs, 7)
		require.NoError(t, err)
		return s.draw(context.Background(), n, nil)
	}
	all, _, err := draw(6, graphs[0], graphs[1])
	require.NoError(t, err)
	draws, leftOut, err := draw(6, graphs[0], explosive)
	require.NoError(t, err)
	require.Len(t, draws, 3)
	require.Len(t, leftOut, 3)
	for i, d := range draws {
		require.Equal(t, all[2*i], d)
		require.Equal(t, 2*i+2, leftOut[i].Draw)
		var diverged *DivergenceError
		require.ErrorAs(t, leftOut[i].Err, &diverged)
		require.Zero(t, diverged.Channel)
	}
	_, leftOut, err = draw(2, explosive)
	require.ErrorContains(t, err, "2 of 2 draws from the posterior are not finite; the first: the total effect of channel 1 is NaN")
	require.Len(t, leftOut, 2)

	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	s, err := newSampler(members, graphs, 7)
	require.NoError(t, err)
	_, _, err = s.draw(stopped, 2, nil)
	require.ErrorIs(t, err, context.Canceled)
}

// Within the training weeks an observation is the prediction plus noise; after them its variance grows.
func TestForecastVarianceGrowsWithTheHorizon(t *testing.T) {
	d := dataOf(t, newWorld(t, small).panel, 60)
	f, err := NewFit(context.Background(), d, plain, Options{}, Effort{Start: 100}, nil, nil)
	require.NoError(t, err)
	require.NoError(t, f.Model.Evaluate())
	predicted := f.Model.Floats(f.Model.Prediction)
	rng := rand.New(rand.NewPCG(7, 7))
	const n = 600
	spread := make([]float64, d.Weeks)
	for range n {
		for cell, y := range f.observation(f.Model, rng) {
			off := y/d.unit(cell) - predicted[cell]
			spread[cell%d.Weeks] += off * off / float64(n*d.Regions)
		}
	}
	noise := f.Sigma * f.Sigma * f.Dof / (f.Dof - 2)
	require.InEpsilon(t, noise, spread[30], 0.2, "the variance of Student's t distribution")
	national, regional := f.walk()
	level, squares := f.Model.Floats(f.Model.Level), 0.0
	for r := range d.Regions {
		squares += level[r*d.Weeks+89] * level[r*d.Weeks+89] / float64(d.Regions)
	}
	require.InEpsilon(t, noise+30*squares*(national*national+regional*regional), spread[89], 0.2, "30 steps of the trend")
	require.Greater(t, spread[89], spread[60])
	without := Fit{Model: &Model{baseline: flat{}}}
	a, b := without.walk()
	require.Zero(t, math.Hypot(a, b), "a baseline without steps does not go on at random")
}
