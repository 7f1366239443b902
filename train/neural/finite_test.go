package neural

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/optim"
	"deepcausalmmm/train/model"
)

// runsAway trains until the numbers do, and returns the error.
func runsAway(t *testing.T, training *Trainer) *NumberError {
	_, err := training.Run(t.Context())
	var wrong *NumberError
	require.ErrorAs(t, err, &wrong)
	require.ErrorContains(t, err, "epoch ")
	return wrong
}

func TestAPenaltyThatOverflowsNamesItselfAndTheRadius(t *testing.T) {
	c := quickConfig(dag.NOTEARS)
	c.NotearsRhoInit, c.NotearsRhoMax, c.NotearsAlphaInit, c.NotearsWarmupEpochs = 1e30, 1e30, 1e30, 0
	c.DAGWeight, c.WarmStartEpochs = 1e30, 0
	training := newSample(t, c)
	_, err := training.Run(t.Context())
	require.ErrorContains(t, err, "epoch 0: the loss's term dag is 2.54e+60 (h is 1.46, ")
	require.ErrorContains(t, err, "as the spectral radius of W∘W is ")
	c.WarmStartEpochs = 2
	_, err = newSample(t, c).Run(t.Context())
	require.ErrorContains(t, err, "epoch 0 of the warm start: the loss's term dag is 2.54e+60 (h is 1.46, ")
}

// TestAnExponentialThatOverflowsNamesTheRadius: where every channel drives every other with weight 1, W∘W has radius
// M − 1, and its exponential leaves float32 between 88 and 89, but not float64.
func TestAnExponentialThatOverflowsNamesTheRadius(t *testing.T) {
	c := quickConfig(dag.NOTEARS)
	c.WarmStartEpochs = 0
	c.NotearsWarmupEpochs, c.DAGWeight = 0, 1e-30
	everyEdge := func(channels int) *Trainer {
		training := newOn(t, c, noise(t, 2, 60, channels, 1))
		require.NoError(t, training.fitted.params.Set("adj_logits", slices.Repeat([]float64{50}, channels*channels)))
		return training
	}
	wrong := runsAway(t, everyEdge(100))
	require.Equal(t, "the loss's term dag", wrong.What)
	require.Contains(t, wrong.Fix, "the spectral radius of W∘W is 99;")
	c.Dtype, c.NEpochs = "float64", 3
	_, err := everyEdge(100).Run(t.Context())
	require.NoError(t, err)
}

// poisoned is an optimizer that sees an element of a gradient replaced.
type poisoned struct {
	optim.Optimizer
	by float64
}

func (o poisoned) Step(params []*optim.Param) error {
	params[3].Grad.Float32s()[1] = float32(o.by)
	return o.Optimizer.Step(params)
}

func TestNaNGradientMovesNothing(t *testing.T) {
	for _, by := range []float64{math.NaN(), math.Inf(-1)} {
		c := quickConfig(dag.Triangular)
		c.WarmStartEpochs = 0
		training := newSample(t, c)
		p := training.loop.params[3]
		training.loop.optimizer = poisoned{training.loop.optimizer, by}
		before := graph.Floats(p.Value)
		wrong := runsAway(t, training)
		require.Equal(t, "the gradient of "+p.Name+", at element 1,", wrong.What)
		require.Equal(t, before, graph.Floats(p.Value))
	}
}

func TestAStepThatIsTooWideNamesTheParameter(t *testing.T) {
	c := quickConfig(dag.Triangular)
	c.WarmStartEpochs = 0
	training := newSample(t, c)
	var saved kept
	training.SaveEvery(1, saved.save)
	training.task.Observer.Step = func(s model.Step) {
		if s.Number == 4 {
			training.loop.optimizer.SetLearningRate(1e39) // beyond float32
		}
	}
	_, err := training.Run(t.Context())
	require.ErrorContains(t, err, "epoch 5: after its step, parameter "+training.loop.params[0].Name+" is NaN (lower learning_rate")
	require.Equal(t, 5, saved.state(t).Done)
	require.NoError(t, newSample(t, c).Resume(saved.reader(t)), "what was saved last is good")
}

func TestNaNParameterIsFoundInTheLoss(t *testing.T) {
	c := quickConfig(dag.Triangular)
	training := newSample(t, c)
	training.fitted.params.Get("global_bias").Value.Float32s()[0] = float32(math.NaN())
	require.Equal(t, "the loss's term l1", runsAway(t, training).What)
}
