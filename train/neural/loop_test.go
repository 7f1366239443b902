package neural

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/optim"
)

func TestPenaltyCountsInTheWarmStartAndAfterTheWarmup(t *testing.T) {
	training := newSample(t, quickConfig(dag.NOTEARS))
	active := func() float64 { return graph.Floats(training.model.Inputs.Active.Value())[0] }
	require.Equal(t, 1.0, active(), "in the warm start")
	training.loop.start()
	require.Zero(t, active(), "in the warmup")
	training.loop.warmedUp(training.config.NotearsWarmupEpochs - 1)
	require.Zero(t, active())
	training.loop.warmedUp(training.config.NotearsWarmupEpochs)
	require.Equal(t, 1.0, active(), "from then on")

	require.False(t, newSample(t, quickConfig(dag.Triangular)).loop.active, "never without the mode")
}

func TestWarmStartFitsTheSquaredError(t *testing.T) {
	training := newSample(t, quickConfig(dag.Triangular))
	m := training.model
	require.NoError(t, training.loop.warmStep())
	require.InEpsilon(t, math.Pow(rmse(m), 2), m.Scalar(m.Loss.Fit), 1e-5)
	require.NoError(t, training.loop.step())
	require.Less(t, m.Scalar(m.Loss.Fit), math.Pow(rmse(m), 2)/2, "Huber's loss again")
}

// norms measures the gradients of both groups, and of all together.
func norms(t *testing.T, params []*optim.Param) (coefficients, structure, all float64) {
	measure := func(group string) float64 {
		norm, err := optim.ClipNorm{Max: math.Inf(1), Group: group}.Clip(params)
		require.NoError(t, err)
		return norm
	}
	return measure("coefficients"), measure("structure"), measure("")
}

func TestGradientsAreClippedByGroup(t *testing.T) {
	c := quickConfig(dag.Triangular)
	c.CoeffGradClip, c.GradientClipNorm, c.MaxGradNorm = 1e-3, 2e-3, 5e-4
	training := newSample(t, c)
	require.NoError(t, training.loop.step())
	coefficients, structure, _ := norms(t, training.loop.params)
	require.InEpsilon(t, 1e-3, coefficients, 1e-2)
	require.InEpsilon(t, 2e-3, structure, 1e-2)
	require.NoError(t, training.loop.warmStep())
	_, _, all := norms(t, training.loop.params)
	require.InEpsilon(t, 5e-4, all, 1e-2)
}

func TestWarmStartStepsAHundredthAsFar(t *testing.T) {
	c := DefaultConfig()
	require.Equal(t, c.LearningRate/100, newWarmStart(c).LearningRate())
	require.Equal(t, c.LearningRate, newOptimizer(c).LearningRate())
}

func TestCosineScheduleRestarts(t *testing.T) {
	c := DefaultConfig()
	c.Scheduler.Type, c.Scheduler.T0, c.Scheduler.TMult = "cosine", 10, 2
	s, o := newSchedule(c), newOptimizer(c)
	rates := []float64{o.LearningRate()} // of epoch 0, 1, …
	for epoch := range 30 {
		s.after(epoch, math.NaN(), o)
		rates = append(rates, o.LearningRate())
	}
	require.InDelta(t, (c.LearningRate+c.Scheduler.MinLR)/2, rates[5], 1e-12, "half-way down")
	for _, restart := range []int{0, 10, 30} {
		require.InDelta(t, c.LearningRate, rates[restart], 1e-12, "epoch %d", restart)
	}
	require.Less(t, rates[9], rates[8])
}

// spy records what a schedule is given.
type spy struct{ judged []float64 }

func (s *spy) after(_ int, rmse float64, _ optim.Optimizer) { s.judged = append(s.judged, rmse) }

func TestScheduleLooksAtTheHoldoutEveryTenthEpoch(t *testing.T) {
	training := newSample(t, quickConfig(dag.Triangular))
	seen := new(spy)
	training.loop.schedule = seen
	_, err := training.Run(t.Context())
	require.NoError(t, err)
	for i, e := range training.history {
		want := e.TrainRMSE
		if i%10 == 0 {
			want = e.HoldoutRMSE
		}
		require.Equal(t, want, seen.judged[i], "epoch %d", i)
		require.Equal(t, i%10 != 0, math.IsNaN(e.HoldoutRMSE), "epoch %d", i)
	}
}

func TestEarlyStoppingIsAChoice(t *testing.T) {
	c := quickConfig(dag.Triangular)
	c.LearningRate, c.Patience, c.WarmStartEpochs = 1e-30, 1, 0 // nothing moves, so the holdout never gets better
	stopped, _ := runSample(t, c)
	require.Len(t, stopped.history, 11, "the second look was the last")
	c.EarlyStopping = false
	whole, _ := runSample(t, c)
	require.Len(t, whole.history, c.NEpochs)
}

func TestEveryEpochDrawsItsDropout(t *testing.T) {
	c := quickConfig(dag.Triangular)
	c.LearningRate, c.WarmStartEpochs = 1e-30, 0 // nothing moves but the masks,
	c.Dtype = "float64"                          // whose effect on a fresh model is small
	fit := map[float64]bool{}
	drawn, _ := runSample(t, c)
	for _, e := range drawn.history {
		fit[e.Fit] = true
	}
	require.Greater(t, len(fit), c.NEpochs/2)
	c.Dropout = 0
	without, _ := runSample(t, c)
	h := without.history
	require.Equal(t, h[0].Fit, h[5].Fit)
}
