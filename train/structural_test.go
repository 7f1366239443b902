package train

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/dag/format"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
	"deepcausalmmm/train/structural"
)

// structuralConfig is a small structural model of the sample, whose shape is given.
func structuralConfig(t *testing.T, set ...string) Config {
	c, err := Load(filepath.Join("..", "testdata", "sample.yaml"), Overrides{Set: append([]string{
		"choose_shape=false", "shape.knots=2", "shape.harmonics=1", "shape.units=0",
	}, set...)})
	require.NoError(t, err)
	require.Equal(t, "structural", c.Model)
	return c
}

func configOf(t *testing.T, preset string, set ...string) Config {
	c, err := Load(filepath.Join("..", "testdata", "sample.yaml"), Overrides{Preset: preset, Set: set})
	require.NoError(t, err)
	return c
}

func column(t *testing.T, file, name string) []string {
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	at := slices.Index(rows[0], name)
	require.GreaterOrEqual(t, at, 0, "%s in %v", name, rows[0])
	var cells []string
	for _, row := range rows[1:] {
		cells = append(cells, row[at])
	}
	return cells
}

func cellsOf(t *testing.T, cells []string) []float64 {
	var values []float64
	for _, cell := range cells {
		v, err := strconv.ParseFloat(cell, 64)
		require.NoError(t, err)
		values = append(values, v)
	}
	return values
}

// What the files say of each other holds: contributions add up to predictions, and effects to contributions.
func TestStructuralFilesAgree(t *testing.T) {
	c := structuralConfig(t)
	p := sample(t, c)
	training, err := New(c, p, model.Observer{})
	require.NoError(t, err)
	require.NoError(t, training.EffectsByWeek())
	require.NoError(t, training.Ensemble(fewDraws))
	r, err := training.Run(context.Background())
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, CheckpointFile), []byte("of an earlier training"), 0o600))
	require.NoError(t, r.Write(dir))
	require.NoFileExists(t, filepath.Join(dir, CheckpointFile))

	predicted := cellsOf(t, column(t, filepath.Join(dir, "predictions.csv"), "predicted"))
	components := column(t, filepath.Join(dir, "contributions.csv"), "component")
	values := cellsOf(t, column(t, filepath.Join(dir, "contributions.csv"), "value"))
	per := len(values) / len(predicted)
	require.Equal(t, 3+len(p.Controls)+len(p.Channels), per)
	direct, kpi := map[string]float64{}, 0.0
	for i, y := range predicted {
		sum := 0.0
		for k, v := range values[i*per : (i+1)*per] {
			sum += v
			direct[components[i*per+k]] += v
		}
		require.InEpsilon(t, y, sum, 1e-12)
		kpi += y
	}
	channels, kinds := column(t, filepath.Join(dir, effectsFile), "channel"), column(t, filepath.Join(dir, effectsFile), "kind")
	effects := cellsOf(t, column(t, filepath.Join(dir, effectsFile), "value"))
	shares := cellsOf(t, column(t, filepath.Join(dir, effectsFile), "share"))
	require.Len(t, effects, 3*len(p.Channels))
	totals := map[string]float64{}
	for i := 0; i < len(effects); i += 3 {
		require.Equal(t, []string{"direct", "indirect", "total"}, kinds[i:i+3])
		require.InEpsilon(t, direct[channels[i]], effects[i], 1e-9)
		require.InDelta(t, effects[i+2], effects[i]+effects[i+1], 1e-6*effects[i+2])
		require.InEpsilon(t, effects[i]/kpi, shares[i], 1e-9)
		require.InEpsilon(t, effects[i]/kpi, r.Metrics.Shares.Media[channels[i]], 1e-9)
		totals[channels[i]] = effects[i+2]
	}
	weekly := cellsOf(t, column(t, filepath.Join(dir, weeklyFile), "total"))
	for i, name := range column(t, filepath.Join(dir, weeklyFile), "channel") {
		totals[name] -= weekly[i]
	}
	for name, rest := range totals {
		require.InDelta(t, 0, rest/kpi, 1e-8, name)
	}
	summary := strings.Join(r.Summary(), "\n")
	for _, e := range r.Inference.Effects {
		if e.Kind == model.Total {
			require.Contains(t, summary, fmt.Sprintf("total %5.1f %%  (%.1f to %.1f, at 80 %%)", 100*e.Share, 100**e.Low/r.Inference.KPI, 100**e.High/r.Inference.KPI))
		}
	}
	require.Contains(t, summary, fmt.Sprintf("%d edges, acyclic", r.Metrics.Graph.Edges))
	s := r.Metrics.Shares
	sum := s.Baseline + s.Trend + s.Season + s.Controls
	for _, share := range s.Media {
		sum += share
	}
	require.InDelta(t, 1, sum, 1e-9)
	require.Equal(t, strconv.Itoa(r.Steps-1), column(t, filepath.Join(dir, "history.csv"), "epoch")[r.Steps-1])
	require.Greater(t, *r.Metrics.Skill, 0.5, "it forecasts far better than naive ones")
	require.True(t, r.Metrics.Graph.IsDAG)
	require.Equal(t, r.Graph.Adjacency, r.Graph.Pruned.Strongest())

	again, err := Load(filepath.Join(dir, "config.yaml"), Overrides{})
	require.NoError(t, err)
	require.Equal(t, structuralOf(c).Shape, structuralOf(again).Shape)
	text := string(readFile(t, dir, "config.yaml"))
	require.True(t, strings.HasPrefix(text, "preset: recommended\nmodel: structural\n"), text)
	require.NotContains(t, text, "hidden_dim", "a key that the model has no use for")
}

func structuralModel(t *testing.T, r *Result) *Saved {
	dir := t.TempDir()
	require.NoError(t, r.Write(dir))
	s, err := LoadModel(filepath.Join(dir, "model.safetensors"))
	require.NoError(t, err)
	return s
}

// A model file predicts what the training did, with every part that a shape can have, and continues from there.
func TestStructuralModelRoundTrips(t *testing.T) {
	for name, set := range map[string][]string{
		"plain": nil, "all": {"shape.units=2", "shape.region_effect=0.1", "media_scaling=share"},
		"little": {"shape.harmonics=0", "shape.control=0", "enable_dag=false"},
	} {
		if name == "all" && testing.Short() {
			continue // a GRU takes a minute under the race detector, which package structural runs
		}
		c := structuralConfig(t, set...)
		whole := sample(t, c)
		T := len(whole.Weeks)
		r := run(t, c, weeks(t, whole, 0, T-10), model.Observer{})
		s := structuralModel(t, r)
		all, err := s.Predict(whole, false, Intervention{})
		require.NoError(t, err)
		require.Len(t, all.Parts, 3)
		require.Equal(t, r.Parts, all.Parts[:2], "%s: weeks that follow change nothing of those before", name)
		following, err := s.Predict(weeks(t, whole, T-10, T), false, Intervention{})
		require.NoError(t, err)
		require.Equal(t, all.Parts[2].Predicted, following.Parts[0].Predicted, name)
		future := weeks(t, whole, T-10, T)
		future.Target, future.Filled = nil, nil
		blind, err := s.Predict(future, false, Intervention{})
		require.NoError(t, err)
		require.Equal(t, following.Parts[0].Predicted, blind.Parts[0].Predicted, "a prediction does not look at the target")
		fresh, err := s.Predict(weeks(t, whole, T-10, T), true, Intervention{})
		require.NoError(t, err)
		require.NotEqual(t, following.Parts[0].Predicted[0], fresh.Parts[0].Predicted[0], "nothing is carried over into a series of its own")
		require.InEpsilon(t, following.Parts[0].Predicted[9], fresh.Parts[0].Predicted[9], 0.05, "but trend and season are where they were")
	}
}

func TestInterventions(t *testing.T) {
	c := structuralConfig(t)
	whole := sample(t, c)
	T := len(whole.Weeks)
	r := run(t, c, whole, model.Observer{})
	s := structuralModel(t, r)
	off, err := s.Predict(whole, false, Intervention{Do: map[string]float64{"tv_impressions": 0}})
	require.NoError(t, err)
	lost := 0.0
	for i, y := range off.Intervened.AsItIs.Predicted {
		lost += y - off.Intervened.Under.Predicted[i]
	}
	at := slices.IndexFunc(r.Inference.Effects, func(e model.Effect) bool { return e.Channel == "tv_impressions" && e.Kind == model.Total })
	require.InEpsilon(t, r.Inference.Effects[at].Value, lost, 1e-9, "switched off, a channel takes its total effect with it")
	require.Equal(t, r.Parts, off.Parts, "parts do not change")

	later, err := s.Predict(weeks(t, sampleMore(t, whole), T, T+4), false, Intervention{Do: map[string]float64{"tv_impressions": 2, "search_impressions": 0}})
	require.NoError(t, err)
	require.Equal(t, 4, later.Intervened.Span.Len())
	require.Equal(t, later.Parts[0].Predicted, later.Intervened.AsItIs.Predicted)
	require.NotContains(t, later.Intervened.Moved, "search_impressions", "it is held")
	for _, e := range r.Graph.Pruned.Edges() {
		require.Contains(t, s.Fitted.(model.Intervener).Moves(model.Intervention{Channels: map[int]float64{e.From: 0}}), e.To)
	}
	dir := t.TempDir()
	require.NoError(t, later.Write(dir))
	require.Len(t, column(t, filepath.Join(dir, interventionFile), "difference"), len(whole.Regions)*4*(1+len(whole.Channels)))
	following, err := s.Predict(whole, false, Intervention{})
	require.NoError(t, err)
	require.NoError(t, following.Write(dir))
	require.NoFileExists(t, filepath.Join(dir, interventionFile), "it was of another prediction")

	// A lever of a channel that nothing moves sets it; of one that others move, it adds to what they do.
	root := r.Graph.Pruned.Order()[0]
	lever, err := s.Predict(whole, false, Intervention{Lever: map[string]float64{whole.Channels[root]: 1.3, "search_impressions": 1}})
	require.NoError(t, err)
	require.NotEqual(t, lever.Intervened.AsItIs.Predicted, lever.Intervened.Under.Predicted)
	same, err := s.Predict(whole, false, Intervention{Lever: map[string]float64{"tv_impressions": 1, "search_impressions": 1}})
	require.NoError(t, err)
	require.Equal(t, same.Intervened.AsItIs.Predicted, same.Intervened.Under.Predicted)

	// The markets of a training and those of its file are the same.
	fresh, err := r.Fitted.(model.Marketed).Markets(whole, 0, T-20, 3)
	require.NoError(t, err)
	stored, err := s.Fitted.(model.Marketed).Markets(whole, 0, T-20, 3)
	require.NoError(t, err)
	for i, k := range fresh {
		require.NoError(t, k.Run(k.Planned(), nil))
		require.NoError(t, stored[i].Run(stored[i].Planned(), nil))
		require.Equal(t, k.Sold(), stored[i].Sold())
		require.Equal(t, k.Exposure(), stored[i].Exposure())
	}

	for want, do := range map[string]Intervention{
		`the model has no channel or treatment "cinema"`:            {Do: map[string]float64{"cinema": 1}},
		"cannot be set to -1 times":                                 {Do: map[string]float64{"tv_impressions": -1}},
		"cannot be set to +Inf times":                               {Do: map[string]float64{"tv_impressions": math.Inf(1)}},
		`"cinema" has no lever: the model has no such channel`:      {Lever: map[string]float64{"cinema": 1}},
		`the lever of "tv_impressions" cannot be NaN`:               {Lever: map[string]float64{"tv_impressions": math.NaN()}},
		`the lever of "tv_impressions" cannot be -1`:                {Lever: map[string]float64{"tv_impressions": -1}},
		`"tv_impressions" is set and has a lever: give one of them`: {Do: map[string]float64{"tv_impressions": 1}, Lever: map[string]float64{"tv_impressions": 1}},
	} {
		_, err := s.Predict(whole, false, do)
		require.ErrorContains(t, err, want)
	}
	original, _ := savedModel(t, quickConfig(t, dag.NOTEARS))
	_, err = structuralModel(t, original).Predict(whole, false, Intervention{Do: map[string]float64{"tv_impressions": 0}})
	require.ErrorContains(t, err, "model: original has none")
}

// sampleMore is the sample with four more weeks, like its last.
func sampleMore(t *testing.T, p *panel.Panel) *panel.Panel {
	more := panel.Panel{Regions: p.Regions, Channels: p.Channels, Controls: p.Controls}
	more.Weeks = append(slices.Clone(p.Weeks), "2025-06-30", "2025-07-07", "2025-07-14", "2025-07-21")
	T, M, C := len(p.Weeks), len(p.Channels), len(p.Controls)
	for r := range p.Regions {
		for w := range T + 4 {
			cell := r*T + min(w, T-1)
			more.Media = append(more.Media, p.Media[cell*M:(cell+1)*M]...)
			more.Control = append(more.Control, p.Control[cell*C:(cell+1)*C]...)
			more.Target = append(more.Target, p.Target[cell])
		}
	}
	made, err := panel.New(more)
	require.NoError(t, err)
	return made
}

func TestEnsembleGivesIntervals(t *testing.T) {
	c := structuralConfig(t)
	p := sample(t, c)
	training, err := New(c, p, model.Observer{})
	require.NoError(t, err)
	require.NoError(t, training.Ensemble(3))
	r, err := training.Run(context.Background())
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, r.Write(dir))
	var bounds [][]float64 // of each effect, in ascending order
	for _, name := range []string{"low_95", "low", "low_50", "value", "high_50", "high", "high_95"} {
		bounds = append(bounds, cellsOf(t, column(t, filepath.Join(dir, effectsFile), name)))
	}
	for i := range bounds[0] {
		for k := range bounds[1:] {
			require.LessOrEqual(t, bounds[k][i], bounds[k+1][i], "wider intervals contain the others")
		}
	}
	for _, source := range column(t, filepath.Join(dir, effectsFile), "source") {
		require.Contains(t, []model.Source{model.Learned, model.PartlyLearned, model.Assumed}, model.Source(source))
	}
	require.Len(t, column(t, filepath.Join(dir, intervalsFile), "low"), len(p.Target))
	f, err := os.Open(filepath.Join(dir, frequencyFile))
	require.NoError(t, err)
	defer f.Close()
	names, frequency, err := format.ReadCSV(f)
	require.NoError(t, err)
	require.Equal(t, p.Channels, names)
	require.True(t, mat.Max(frequency) <= 1 && mat.Max(frequency) > 0.3)
	s := r.Inference
	for week := range p.Weeks {
		require.Less(t, s.TotalLow[week], s.TotalHigh[week])
	}
	other, err := New(quickConfig(t, dag.NOTEARS), p, model.Observer{})
	require.NoError(t, err)
	require.ErrorContains(t, other.Ensemble(3), "set preset: recommended")
}

// A target that was not recorded counts in no figure and is not called actual; the naive forecasts are measured alike.
func TestUnrecordedTargetsAreNotEvaluated(t *testing.T) {
	c := structuralConfig(t)
	p := sample(t, c)
	gaps := *p
	gaps.Target = slices.Clone(p.Target)
	T := len(p.Weeks)
	gaps.Target[3*T+T-2], gaps.Target[5*T+20] = math.NaN(), math.NaN()
	made, err := panel.New(gaps)
	require.NoError(t, err)
	r := run(t, c, made, model.Observer{})
	holdout := r.Parts[1]
	absolute, total := 0.0, 0.0
	for i, y := range holdout.Actual {
		if i == 3*holdout.Span.Len()+holdout.Span.Len()-2 {
			require.True(t, math.IsNaN(y))
			continue
		}
		absolute, total = absolute+math.Abs(holdout.Predicted[i]-y), total+y
	}
	require.InEpsilon(t, absolute/total, r.Metrics.Holdout.WMAPE, 1e-12)
	require.Equal(t, 2, r.Inference.Unrecorded)
	dir := t.TempDir()
	require.NoError(t, r.Write(dir))
	require.Equal(t, 2, len(slices.DeleteFunc(column(t, filepath.Join(dir, "predictions.csv"), "actual"), func(s string) bool { return s != "" })))
}

func TestPriorsOfChannels(t *testing.T) {
	c := structuralConfig(t, "data.spend=[control_price_index]")
	c.Data.Controls = c.Data.Controls[:0]
	p := sample(t, c)
	number := func(v float64) *float64 { return &v }
	c.MediaContributionPrior = 0.3
	structuralOf(c).ChannelPriors = []structural.ChannelPrior{
		{Channel: "radio_impressions", Share: number(0.02), SD: 0.001},
		{Channel: "tv_impressions", ROI: number(3), SD: 0.5, Spend: "control_price_index"},
	}
	r := run(t, c, p, model.Observer{})
	require.InDelta(t, 0.02, r.Metrics.Shares.Media["radio_impressions"], 0.004)

	for want, prior := range map[string]structural.ChannelPrior{
		`no channel is called "x"`:        {Channel: "x", Share: number(1), SD: 1},
		`data.spend has no column "cost"`: {Channel: "tv_impressions", ROI: number(1), SD: 1, Spend: "cost"},
		"needs a share or an roi":         {Channel: "tv_impressions", SD: 1},
		"names no channel":                {Share: number(1), SD: 1},
		"name its column of data.spend":   {Channel: "tv_impressions", ROI: number(1), SD: 1},
		"needs an sd above 0":             {Channel: "tv_impressions", Share: number(1)},
	} {
		structuralOf(c).ChannelPriors = []structural.ChannelPrior{prior}
		_, err := New(c, p, model.Observer{})
		require.ErrorContains(t, err, want)
	}
}

func TestKnowledgeOfTheGraph(t *testing.T) {
	c := structuralConfig(t)
	p := sample(t, c)
	file := filepath.Join(t.TempDir(), "known.yaml")
	require.NoError(t, os.WriteFile(file, []byte("forbidden:\n  - \"* -> search_impressions\"\n"), 0o600))
	structuralOf(c).DAGKnowledge = file
	r := run(t, c, p, model.Observer{})
	search := slices.Index(p.Channels, "search_impressions")
	for i := range p.Channels {
		require.Zero(t, r.Graph.Adjacency.At(i, search))
	}
	structuralOf(c).DAGKnowledge, c.DAGMode = "", dag.Triangular
	r = run(t, c, p, model.Observer{})
	for i := range p.Channels {
		for j := range i {
			require.Zero(t, r.Graph.Adjacency.At(i, j), "edges go from earlier to later columns")
		}
	}
	require.NoError(t, os.WriteFile(file, []byte("required:\n  - "+p.Channels[2]+" -> "+p.Channels[0]+"\n"), 0o600))
	structuralOf(c).DAGKnowledge = file
	_, err := New(c, p, model.Observer{})
	require.ErrorContains(t, err, "triangular rules out")
	structuralOf(c).DAGKnowledge = file + ".none"
	_, err = New(c, p, model.Observer{})
	require.ErrorContains(t, err, "no such file")
}

func TestIgnoredKeysAreReported(t *testing.T) {
	for name, c := range map[string]Config{
		"structural": structuralConfig(t, "n_epochs=7", "optimizer.eps=1e-3", "structure_weight=0.5"),
		"original":   configOf(t, DefaultPreset, "dag_lags=3", "shape.knots=2", "structure_weight=0.5"),
	} {
		ignored := map[string][]string{"structural": {"n_epochs", "optimizer", "structure_weight"}, "original": {"dag_lags", "shape", "structure_weight"}}
		var want, said []string
		for _, key := range ignored[name] {
			want = append(want, fmt.Sprintf("warning: model: %s ignores %s", name, key))
		}
		_, err := New(c, sample(t, c), model.Observer{Logf: func(form string, args ...any) {
			if strings.HasPrefix(form, "warning") {
				said = append(said, fmt.Sprintf(form, args...))
			}
		}})
		require.NoError(t, err)
		require.Equal(t, want, said)
		text, err := c.Text()
		require.NoError(t, err)
		require.NotContains(t, text, "structure_weight", "a retired key is not written again")
	}
}

func TestAnInterruptedFitSaysThatNothingWasSaved(t *testing.T) {
	c := structuralConfig(t)
	training, err := New(c, sample(t, c), model.Observer{})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = training.Run(ctx)
	require.EqualError(t, err, "stopped before the end of the fit; nothing was saved")
	require.ErrorIs(t, err, context.Canceled)
}

// Each origin is trained as if nothing after it had been measured yet.
func TestValidationForecastsFromRollingOrigins(t *testing.T) {
	c := structuralConfig(t)
	p := sample(t, c)
	v, err := Validate(context.Background(), c, p, 2, func(string, ...any) {})
	require.NoError(t, err)
	require.Equal(t, 100, v.Origins[0].Trained)
	require.Equal(t, 115, v.Origins[1].Trained)
	require.Equal(t, p.Weeks[100], v.Origins[0].From)
	require.Equal(t, p.Weeks[129], v.Origins[1].To)
	last := run(t, c, p, model.Observer{}).Metrics
	require.Equal(t, *last.Holdout, v.Origins[1].Holdout, "the last origin is the holdout")
	require.Equal(t, last.Baselines.LastYear.WMAPE, v.Origins[1].Naive.LastYear.WMAPE)
	dir := t.TempDir()
	require.NoError(t, v.Write(dir))
	require.Equal(t, []string{"100", "115"}, column(t, filepath.Join(dir, validationFile), "weeks_trained"))
	require.Contains(t, v.Summary(), "mean wMAPE over 2 origins")

	_, err = Validate(context.Background(), c, p, 9, nil)
	require.ErrorContains(t, err, "(ask for 6)")
	c.HoldoutRatio = 0
	_, err = Validate(context.Background(), c, p, 2, nil)
	require.ErrorContains(t, err, "leaves no weeks to forecast")
}

func TestBrokenStructuralModelsAreRefused(t *testing.T) {
	c := structuralConfig(t)
	r := run(t, c, sample(t, c), model.Observer{})
	var file bytes.Buffer
	require.NoError(t, r.writeModel(&file))
	for want, edit := range map[string]struct{ key, from, to string }{
		"its shape is broken: shape.knots":  {"forms", `"knots":2`, `"knots":0`},
		"the weight of a form is 0":         {"forms", `"weight":1`, `"weight":0`},
		"the weights of its forms add up":   {"forms", `"weight":1`, `"weight":0.5`},
		"its scaling is not that of":        {"structural_scaling", `"media":[`, `"media":[1,`},
		`"baseline.region_trend" is [24 2]`: {"forms", `"knots":2`, `"knots":3`},
		`"gru.weight_hh_l0"`:                {"forms", `"units":0`, `"units":2`},
		"training weeks 0 to 1000 of 130":   {"train", `"to":115`, `"to":1000`},
	} {
		h, data := header(t, file.Bytes())
		metadata := h["__metadata__"].(map[string]any)
		before := metadata[edit.key]
		replaceIn(metadata, edit.key, edit.from, edit.to)
		require.NotEqual(t, before, metadata[edit.key], want)
		_, err := loadSaved(t, assemble(t, h, data))
		require.ErrorContains(t, err, want)
	}
}
