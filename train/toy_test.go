package train

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/dag"
	"deepcausalmmm/internal/modelfile"
	"deepcausalmmm/internal/settings"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// mean is a model in as few lines as a model can have: each region sells what it sold on average.
type mean struct{}

type meanSettings struct {
	Shrinkage float64 `yaml:"shrinkage" default:"0.25" range:"[0, 1]" doc:"weight of the mean over all regions"`
}

func (mean) Name() string   { return "mean" }
func (mean) Preset() string { return "average" }

func (mean) Defaults() (model.Shared, any) {
	var shared model.Shared
	own := &meanSettings{}
	settings.SetDefaults(&shared, own)
	return shared, own
}

func (mean) Prepare(task model.Task) (model.Training, error) { return meanTraining{task}, nil }

func (mean) Open(r *modelfile.Reader, task model.Task) (model.Fitted, error) {
	levels, err := r.Finite("levels", len(task.Panel.Regions))
	return &meanFitted{task.Panel, levels}, err
}

type meanTraining struct{ task model.Task }

func (t meanTraining) Run(context.Context) (*model.Outcome, error) {
	p, f := t.task.Panel, &meanFitted{t.task.Panel, make([]float64, len(t.task.Panel.Regions))}
	T, R, national := len(p.Weeks), float64(len(p.Regions)), 0.0
	for r := range f.levels {
		for _, y := range p.Target[r*T : r*T+t.task.Train.To] {
			f.levels[r] += y / float64(t.task.Train.To)
		}
		national += f.levels[r] / R
	}
	own := t.task.Settings.(*meanSettings)
	for r := range f.levels {
		f.levels[r] += own.Shrinkage * (national - f.levels[r])
	}
	parts, err := f.Predict(p, 0, t.task.Spans())
	return &model.Outcome{
		Fitted: f, Parts: parts, Steps: 1, History: model.History{Columns: []string{"step"}, Rows: [][]float64{{0}}},
		Description: model.Description{Coefficients: []model.CoefficientPath{}, Responses: []model.Response{}},
	}, err
}

type meanFitted struct {
	panel  *panel.Panel
	levels []float64 // of each region
}

func (f *meanFitted) Save(w *modelfile.Writer) error {
	w.Tensor("levels", f.levels, len(f.levels))
	return w.Panel(f.panel, f.panel.Media)
}

func (f *meanFitted) Predict(p *panel.Panel, _ int, spans []model.Span) (parts []model.Part, err error) {
	for _, s := range spans {
		part := model.Part{Name: s.Name, Span: s.Span, Regions: len(p.Regions)}
		level, none := model.Component{Name: "baseline", Kind: model.Baseline}, make([]float64, len(p.Regions)*s.Len())
		for r, y := range f.levels {
			for w := s.From; w < s.To; w++ {
				level.Value = append(level.Value, y)
				part.Actual = append(part.Actual, p.Target[r*len(p.Weeks)+w])
			}
		}
		part.Add(level)
		for _, c := range p.Channels {
			part.Add(model.Component{Name: c, Kind: model.Media, Value: none})
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// withMean registers the model for a test.
func withMean(t *testing.T) {
	registered := models
	models = append(models[:len(models):len(models)], mean{})
	t.Cleanup(func() { models = registered })
}

func TestThirdModelTrainsAndRoundTrips(t *testing.T) {
	withMean(t)
	c := configOf(t, "average", "shrinkage=0.5")
	require.Equal(t, "mean", c.Model)
	p := sample(t, c)
	r := run(t, c, p, model.Observer{})
	dir := t.TempDir()
	require.NoError(t, r.Write(dir))
	require.NotEmpty(t, r.Summary())

	again, err := Load(filepath.Join(dir, configFile), Overrides{})
	require.NoError(t, err)
	require.Equal(t, c.Settings, again.Settings)
	shown, err := LoadResult(dir)
	require.NoError(t, err)
	requireSameResult(t, r, shown)
	s, err := LoadModel(filepath.Join(dir, ModelFile))
	require.NoError(t, err)
	require.Equal(t, c.Settings, s.Config.Settings)
	predicted, err := s.Predict(p, false, Intervention{})
	require.NoError(t, err)
	require.Equal(t, r.Parts, predicted.Parts)
	v, err := Validate(t.Context(), c, p, 2, func(string, ...any) {})
	require.NoError(t, err)
	require.Equal(t, *r.Metrics.Holdout, v.Origins[1].Holdout)

	_, err = s.Predict(p, false, Intervention{Do: map[string]float64{"tv_impressions": 0}})
	require.EqualError(t, err, "an intervention needs structural equations, and model: mean has none (train with preset: recommended)")
	training, err := New(c, p, model.Observer{})
	require.NoError(t, err)
	require.EqualError(t, training.Ensemble(3), "model: mean has no posterior to draw from (set preset: recommended)")
	require.EqualError(t, training.EffectsByWeek(), "model: mean has no indirect effects (set preset: recommended)")
	other := quickConfig(t, dag.Triangular)
	checkpoint, err := LoadCheckpoint(pause(t, other, sample(t, other), 1))
	require.NoError(t, err)
	var wrong *ModelError
	err = training.Resume(checkpoint)
	require.ErrorAs(t, err, &wrong)
	require.ErrorContains(t, err, "model: mean is not saved while it trains")
	require.NotContains(t, err.Error(), "\n")
	saved := t.TempDir()
	training.SaveTo(saved, 1)
	_, err = training.Run(t.Context())
	require.NoError(t, err)
	require.NoFileExists(t, filepath.Join(saved, CheckpointFile))
}

func TestThirdModelHasItsKeys(t *testing.T) {
	withMean(t)
	for text, want := range map[string]string{
		"preset: average\nshrinkag: 1":           "c.yaml:2:1: shrinkag: no such key; did you mean shrinkage?",
		"preset: average\nshrinkage: 2":          "c.yaml:2:1: shrinkage: 2 is out of range [0, 1]",
		"preset: average\nshrinkage: much":       `c.yaml:2:12: shrinkage: "much" is not a number`,
		"preset: averages":                       `no preset "averages" (there is: deepcausalmmm, recommended, average)`,
		"model: means":                           `"means" is not one of original, structural, mean`,
		"preset: recommended\nshrinkage: [0, 1]": "shrinkage",
	} {
		_, err := Load(write(t, "c.yaml", text+columns), Overrides{})
		require.ErrorContains(t, err, want)
	}
	require.True(t, Knows("shrinkage"))
	c, err := Load(write(t, "c.yaml", "model: mean\nhidden_dim: 3"+columns), Overrides{Set: []string{"shrinkage=1"}})
	require.NoError(t, err)
	require.Equal(t, DefaultPreset, c.Preset)
	require.Equal(t, &meanSettings{1}, c.Settings)
	require.Equal(t, []string{"hidden_dim"}, c.ignored)
}
