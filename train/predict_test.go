package train

import (
	"bytes"
	"fmt"
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
	p, err := s.Predict(r.Panel, false, Intervention{})
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

	following, err := s.Predict(weeks(t, whole, T-10, T), false, Intervention{})
	require.NoError(t, err)
	all, err := s.Predict(whole, false, Intervention{})
	require.NoError(t, err)
	require.Len(t, following.Parts, 1)
	require.Len(t, all.Parts, 3)
	require.Equal(t, all.Parts[2].Predicted, following.Parts[0].Predicted)
	require.Equal(t, model.PartNew, following.Parts[0].Name)
	require.Equal(t, r.Parts, all.Parts[:2], "weeks that follow change nothing of those before")

	fresh, err := s.Predict(weeks(t, whole, T-10, T), true, Intervention{})
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
	other, err := changed.Predict(weeks(t, whole, T-10, T), false, Intervention{})
	require.NoError(t, err)
	require.NotEqual(t, following.Parts[0].Predicted[0], other.Parts[0].Predicted[0])

	future := weeks(t, whole, T-10, T)
	future.Target = nil
	blind, err := s.Predict(future, false, Intervention{})
	require.NoError(t, err)
	require.Equal(t, following.Parts[0].Predicted, blind.Parts[0].Predicted, "a prediction does not look at the target")

	overlapping, err := s.Predict(weeks(t, whole, T-15, T), false, Intervention{})
	require.NoError(t, err)
	require.Equal(t, following.Parts, overlapping.Parts, "the training's own weeks are not used again")
	require.Equal(t, []string{"the table's first 5 weeks, up to " + whole.Weeks[T-11] + ", are the training's own and are not used"},
		overlapping.Notes)
	_, err = s.Predict(weeks(t, whole, 5, T-20), false, Intervention{})
	require.ErrorContains(t, err, "neither begin with the training's")
}

func TestForeignTablesAreRefused(t *testing.T) {
	c := quickConfig(t, dag.Triangular)
	r, file := savedModel(t, c)
	s, err := loadSaved(t, file)
	require.NoError(t, err)
	for want, edit := range map[string]func(p *panel.Panel){
		`regions that the model has not seen: "mars"`:                                           func(p *panel.Panel) { p.Regions[0] = "mars" },
		`channels of the model are missing: "display_impressions" (the model has not seen "x")`: func(p *panel.Panel) { p.Channels[1] = "x" },
		"regions of the model are missing: \"geo_024\"":                                         func(p *panel.Panel) { p.Regions = p.Regions[:len(p.Regions)-1] },
	} {
		p := *r.Panel
		p.Regions, p.Channels, p.Controls = slices.Clone(p.Regions), slices.Clone(p.Channels), slices.Clone(p.Controls)
		edit(&p)
		_, err := s.Predict(&p, false, Intervention{})
		require.ErrorContains(t, err, want)
	}
}

// The order of regions and columns does not matter, nor do columns that the model does not know.
func TestTableOfAnotherOrderIsTheSameTable(t *testing.T) {
	c := quickConfig(t, dag.Triangular)
	r, file := savedModel(t, c)
	s, err := loadSaved(t, file)
	require.NoError(t, err)
	p := *r.Panel
	M, C, cells := len(p.Channels), len(p.Controls), len(p.Regions)*len(p.Weeks)
	p.Channels, p.Controls = slices.Clone(p.Channels), append([]string{"weather"}, p.Controls...)
	slices.Reverse(p.Channels)
	p.Media, p.Control = make([]float64, cells*M), make([]float64, cells*(C+1))
	for cell := range cells {
		for m := range M {
			p.Media[cell*M+m] = r.Panel.Media[cell*M+M-1-m]
		}
		copy(p.Control[cell*(C+1)+1:], r.Panel.Control[cell*C:(cell+1)*C])
	}
	R, T := len(p.Regions), len(p.Weeks)
	p.Regions = slices.Clone(p.Regions)
	slices.Reverse(p.Regions)
	reversed := slices.Repeat([]int{0}, R)
	for i := range reversed {
		reversed[i] = R - 1 - i
	}
	all := func(n int) []int { return positionsOf(make([]string, n), nil) }
	columns := all(M)
	for i := range columns {
		columns[i] = i
	}
	p.Media = permuted(p.Media, reversed, T, M, columns)
	controls := all(C + 1)
	for i := range controls {
		controls[i] = i
	}
	p.Control, p.Target = permuted(p.Control, reversed, T, C+1, controls), permuted(p.Target, reversed, T, 1, []int{0})
	p.Filled = permuted(p.Filled, reversed, T, 1, []int{0})
	predicted, err := s.Predict(&p, false, Intervention{})
	require.NoError(t, err)
	require.Equal(t, r.Parts, predicted.Parts)
	require.Equal(t, []string{`columns that the model has not seen, not used: "weather"`}, predicted.Notes)
}

// Controls that a plan does not have keep each region's last value.
func TestControlsOfAPlanAreCarriedForward(t *testing.T) {
	s, whole, T := savedOf(t)
	future := weeks(t, whole, T-10, T)
	C := len(future.Controls)
	for r := range future.Regions {
		for i := range 10 * C {
			future.Control[r*10*C+i] = s.Panel.Control[(r*(T-10)+T-11)*C+i%C]
		}
	}
	want, err := s.Predict(future, false, Intervention{})
	require.NoError(t, err)
	future.Controls, future.Control = nil, nil
	carried, err := s.Predict(future, false, Intervention{})
	require.NoError(t, err)
	require.Equal(t, want.Parts, carried.Parts)
	require.Len(t, carried.Notes, 1)
	for _, name := range whole.Controls {
		require.Contains(t, carried.Notes[0], fmt.Sprintf("%s (%d region-weeks)", name, 10*len(whole.Regions)))
	}
}

// Weeks between the training and a plan have the exposure of a year before. A year without weeks is too long.
func TestWeeksBetweenAreAssumed(t *testing.T) {
	s, whole, T := savedOf(t)
	late, err := s.Predict(weeks(t, whole, T-7, T), false, Intervention{})
	require.NoError(t, err)
	require.Len(t, late.Notes, 1)
	require.Contains(t, late.Notes[0], "weeks "+whole.Weeks[T-10]+" to "+whole.Weeks[T-8])
	filled, M := weeks(t, whole, T-10, T), len(whole.Channels)
	C := len(whole.Controls)
	for r := range whole.Regions {
		for t := range 3 {
			copy(filled.Media[(r*10+t)*M:][:M], whole.Media[(r*T+T-10+t-52)*M:])
			copy(filled.Control[(r*10+t)*C:][:C], whole.Control[(r*T+T-11)*C:])
		}
	}
	want, err := s.Predict(filled, false, Intervention{})
	require.NoError(t, err)
	require.Len(t, late.Parts[0].Predicted, 7*len(whole.Regions))
	for i, y := range late.Parts[0].Predicted {
		require.Equal(t, want.Parts[0].Predicted[i/7*10+3+i%7], y)
	}
	far := weeks(t, whole, T-7, T)
	far.Weeks = slices.Clone(far.Weeks)
	for i := range far.Weeks {
		far.Weeks[i] = whole.Axis().Label(60 + i)
	}
	_, err = s.Predict(far, false, Intervention{})
	require.ErrorContains(t, err, "weeks are missing between the training's last")
	_, err = s.Predict(far, true, Intervention{})
	require.NoError(t, err)
}

// savedOf is a model of the sample without its last 10 weeks.
func savedOf(t *testing.T) (s *Saved, whole *panel.Panel, T int) {
	c := quickConfig(t, dag.Triangular)
	whole = sample(t, c)
	T = len(whole.Weeks)
	var file bytes.Buffer
	require.NoError(t, run(t, c, weeks(t, whole, 0, T-10), model.Observer{}).writeModel(&file))
	s, err := loadSaved(t, file.Bytes())
	require.NoError(t, err)
	return s, whole, T
}
