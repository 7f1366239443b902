package neural

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/dag"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// quickConfig trains the bundled sample for a moment.
func quickConfig(mode dag.Mode) Config {
	c := DefaultConfig()
	c.DAGMode, c.HiddenDim, c.NEpochs, c.WarmStartEpochs = mode, 8, 24, 3
	c.NotearsWarmupEpochs, c.NotearsDualUpdateEvery = 6, 4
	return c
}

// sample is the bundled panel.
func sample(t testing.TB) *panel.Panel {
	p, err := panel.Read("../../testdata/sample.csv", panel.Columns{
		Region: "region", Week: "week", Target: "sales", Media: []string{"*_impressions"}, Controls: []string{"control_*"},
	})
	require.NoError(t, err)
	return p
}

// taskOf returns the task that train would pass to the model.
func taskOf(t testing.TB, c Config, p *panel.Panel) model.Task {
	train, holdout, err := p.Split(c.HoldoutRatio, c.MinTrainWeeks)
	require.NoError(t, err)
	return model.Task{
		Shared: c.Shared, Settings: &c.Settings, Panel: p, Train: train, Holdout: holdout,
		Observer: model.Observer{Logf: func(string, ...any) {}, Step: func(model.Step) {}},
	}
}

func newOn(t testing.TB, c Config, p *panel.Panel) *Trainer {
	training, err := newTraining(taskOf(t, c, p))
	require.NoError(t, err)
	return training
}

func newSample(t testing.TB, c Config) *Trainer { return newOn(t, c, sample(t)) }

// runSample trains on the sample to the end.
func runSample(t *testing.T, c Config) (*Trainer, *model.Outcome) {
	training := newSample(t, c)
	out, err := training.Run(t.Context())
	require.NoError(t, err)
	return training, out
}

// noise is a panel of random numbers.
func noise(t testing.TB, regions, weeks, channels, controls int) *panel.Panel {
	rng := rand.New(rand.NewPCG(3, 4))
	numbers := func(n int) (x []float64) {
		for range n {
			x = append(x, 1+rng.ExpFloat64())
		}
		return x
	}
	p, err := panel.New(panel.Panel{
		Regions: labels("region_", regions), Weeks: labels("", weeks), Channels: labels("channel_", channels), Controls: labels("control_", controls),
		Media: numbers(regions * weeks * channels), Control: numbers(regions * weeks * controls), Target: numbers(regions * weeks),
	})
	require.NoError(t, err)
	return p
}

// The prediction is the model's own, brought to the target's units.
func TestPredictionIsTheModels(t *testing.T) {
	c := quickConfig(dag.Triangular)
	training, out := runSample(t, c)
	m := training.model
	require.NoError(t, m.Evaluate())
	scaled := m.Floats(m.Outputs.Prediction)
	n := out.Parts[0].Span.Len()
	for i, got := range out.Parts[0].Predicted {
		region, week := i/n, i%n
		want := scaled[region*m.Dims.Weeks+c.BurnInWeeks+week] * training.fitted.scaling.TargetMean[region]
		require.InEpsilon(t, want, got, 1e-5)
	}
}

func TestTrainingStartsAtTheData(t *testing.T) {
	c := quickConfig(dag.Triangular)
	training := newSample(t, c)
	p, span := training.task.Panel, training.task.Train
	window := training.fitted.scaling.window(p, span, c.BurnInWeeks, decompose(p, span))
	starts := window.starts()
	for name, want := range map[string][]float64{
		"hill_g": starts.HillHalf, "stable_media_coeff": starts.StableMedia, "stable_ctrl_coeff": starts.StableControl,
		"region_baseline": starts.RegionBaseline, "prediction_scale": {0}, "global_bias": {0},
	} {
		require.InDeltaSlice(t, want, valuesOf(training, name), 1e-6, name)
	}
}
