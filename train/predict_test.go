package train

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/dag"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// weeks cuts a panel to the weeks [from, to).
func weeks(t *testing.T, p *panel.Panel, from, to int) *panel.Panel {
	cut := func(x []float64, columns int) []float64 {
		var out []float64
		for r := range p.Regions {
			row := x[r*len(p.Weeks)*columns:]
			out = append(out, row[from*columns:to*columns]...)
		}
		return out
	}
	q, err := panel.New(panel.Panel{Regions: p.Regions, Weeks: p.Weeks[from:to], Channels: p.Channels, Controls: p.Controls,
		Media: cut(p.Media, len(p.Channels)), Control: cut(p.Control, len(p.Controls)), Target: cut(p.Target, 1)})
	require.NoError(t, err)
	return q
}

func TestPredictionOnTheTrainingPanelEqualsTheTraining(t *testing.T) {
	c := quickConfig(t, dag.NOTEARS)
	r, file := savedModel(t, c)
	s, err := loadSaved(t, file)
	require.NoError(t, err)
	p, err := s.Predict(r.Panel, false, nil)
	require.NoError(t, err)
	require.Equal(t, r.Parts, p.Parts, "to the last bit")

	trained, predicted := t.TempDir(), t.TempDir()
	require.NoError(t, r.Write(trained))
	require.NoError(t, p.Write(predicted))
	for _, name := range []string{"predictions.csv", "contributions.csv"} {
		require.Equal(t, string(readFile(t, trained, name)), string(readFile(t, predicted, name)))
	}
}

// The last weeks are kept from the training, and then predicted in two ways that must agree: after the history in the
// model file, and in a table that begins with the training's first week.
func TestWeeksThatFollowContinueTheHistory(t *testing.T) {
	c := quickConfig(t, dag.NOTEARS)
	whole := sample(t, c)
	T := len(whole.Weeks)
	known := weeks(t, whole, 0, T-10)
	training, err := New(c, known, model.Observer{})
	require.NoError(t, err)
	r, err := training.Run(t.Context())
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "model.safetensors")
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, r.writeModel(f))
	require.NoError(t, f.Close())
	s, err := LoadModel(path)
	require.NoError(t, err)

	following, err := s.Predict(weeks(t, whole, T-10, T), false, nil)
	require.NoError(t, err)
	all, err := s.Predict(whole, false, nil)
	require.NoError(t, err)
	require.Len(t, following.Parts, 1)
	require.Len(t, all.Parts, 3)
	require.Equal(t, all.Parts[2].Predicted, following.Parts[0].Predicted)
	require.Equal(t, model.PartNew, following.Parts[0].Name)
	require.Equal(t, r.Parts, all.Parts[:2], "weeks that follow change nothing of those before")

	fresh, err := s.Predict(weeks(t, whole, T-10, T), true, nil)
	require.NoError(t, err)
	require.NotEqual(t, following.Parts[0].Predicted, fresh.Parts[0].Predicted, "a series of its own knows no history")

	// Exposure of the last known week must matter to the first new one: it carries over.
	changed := *s
	history := *s.Panel
	history.Media = slices.Clone(s.Panel.Media)
	M := len(history.Channels)
	for m := range M {
		history.Media[(len(history.Weeks)-1)*M+m] *= float64(1 + 5*(m%2))
	}
	changed.Panel = &history
	other, err := changed.Predict(weeks(t, whole, T-10, T), false, nil)
	require.NoError(t, err)
	require.NotEqual(t, following.Parts[0].Predicted[0], other.Parts[0].Predicted[0])

	future := weeks(t, whole, T-10, T)
	future.Target = nil
	blind, err := s.Predict(future, false, nil)
	require.NoError(t, err)
	require.Equal(t, following.Parts[0].Predicted, blind.Parts[0].Predicted, "a prediction does not look at the target")

	_, err = s.Predict(weeks(t, whole, T-7, T), false, nil)
	require.ErrorContains(t, err, "weeks missing between")
	_, err = s.Predict(weeks(t, whole, 5, T), false, nil)
	require.ErrorContains(t, err, "neither begin with the training's")
}

func TestForeignTablesAreRefused(t *testing.T) {
	c := quickConfig(t, dag.Triangular)
	r, file := savedModel(t, c)
	s, err := loadSaved(t, file)
	require.NoError(t, err)
	for want, edit := range map[string]func(p *panel.Panel){
		`regions that the model has not seen: "mars"`:   func(p *panel.Panel) { p.Regions[0] = "mars" },
		`channels that the model has not seen: "x"`:     func(p *panel.Panel) { p.Channels[1] = "x" },
		`controls that the model has not seen: "y"`:     func(p *panel.Panel) { p.Controls[2] = "y" },
		"the channels are in another order":             func(p *panel.Panel) { slices.Reverse(p.Channels) },
		"regions of the model are missing: \"geo_024\"": func(p *panel.Panel) { p.Regions = p.Regions[:len(p.Regions)-1] },
	} {
		p := *r.Panel
		p.Regions, p.Channels, p.Controls = slices.Clone(p.Regions), slices.Clone(p.Channels), slices.Clone(p.Controls)
		edit(&p)
		_, err := s.Predict(&p, false, nil)
		require.ErrorContains(t, err, want)
	}
}
