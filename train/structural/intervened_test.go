package structural

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/panel"
)

// The posterior is that of the panel as it happened, whatever intervention the model was evaluated under before.
func TestPosteriorDoesNotSeeInterventions(t *testing.T) {
	p := panel.Panel{Channels: []string{"tv", "search"}, Regions: []string{"north", "south"}}
	for w := range 60 {
		p.Weeks = append(p.Weeks, string(rune('0'+w/10))+string(rune('0'+w%10)))
	}
	for r := range p.Regions {
		for w := range p.Weeks {
			tv, search := 2+math.Sin(float64(w+r)), 2+math.Cos(float64(3*w+r))
			p.Media = append(p.Media, tv, search)
			p.Target = append(p.Target, 10+tv+2*search+0.1*math.Sin(float64(7*w+r)))
		}
	}
	made, err := panel.New(p)
	require.NoError(t, err)
	d, err := NewData(made, 60, 0, 0, Relative)
	require.NoError(t, err)
	f, err := NewFit(t.Context(), d, DefaultShape(60, made.Resolution), Options{Seed: 1}, Quick, nil, nil)
	require.NoError(t, err)
	before, err := f.Model.posterior()
	require.NoError(t, err)
	require.NoError(t, f.Model.Under(make([]float64, len(d.Media)), nil, 0))
	after, err := f.Model.posterior()
	require.NoError(t, err)
	require.True(t, mat.EqualApprox(before.root, after.root, 1e-9))
}
