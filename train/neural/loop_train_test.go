package neural

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/optim"
	"deepcausalmmm/panel"
)

func newSample(t *testing.T, c Config) *Trainer {
	training, err := New(c, sample(t, c), Observer{})
	require.NoError(t, err)
	return training
}

func TestPenaltyCountsInTheWarmStartAndAfterTheWarmup(t *testing.T) {
	training := newSample(t, quickConfig(t, dag.NOTEARS))
	active := func() float64 { return graph.Floats(training.model.Inputs.Active.Value())[0] }
	require.Equal(t, 1.0, active(), "in the warm start")
	training.loop.start()
	require.Zero(t, active(), "in the warmup")
	training.loop.afterStep(training.config.NotearsWarmupEpochs - 1)
	require.Zero(t, active())
	training.loop.afterStep(training.config.NotearsWarmupEpochs)
	require.Equal(t, 1.0, active(), "from then on")

	require.False(t, newSample(t, quickConfig(t, dag.Triangular)).loop.active, "never without the mode")
}

func TestWarmStartFitsTheSquaredError(t *testing.T) {
	training := newSample(t, quickConfig(t, dag.Triangular))
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
	c := quickConfig(t, dag.Triangular)
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
	training := newSample(t, quickConfig(t, dag.Triangular))
	seen := new(spy)
	training.loop.schedule = seen
	r, err := training.Run(context.Background())
	require.NoError(t, err)
	for i, e := range r.History {
		want := e.TrainRMSE
		if i%10 == 0 {
			want = e.HoldoutRMSE
		}
		require.Equal(t, want, seen.judged[i], "epoch %d", i)
		require.Equal(t, i%10 != 0, math.IsNaN(e.HoldoutRMSE), "epoch %d", i)
	}
}

func TestEarlyStoppingIsAChoice(t *testing.T) {
	c := quickConfig(t, dag.Triangular)
	c.LearningRate, c.Patience, c.WarmStartEpochs = 1e-30, 1, 0 // nothing moves, so the holdout never gets better
	require.Len(t, run(t, c, sample(t, c), Observer{}).History, 11, "the second look was the last")
	c.EarlyStopping = false
	require.Len(t, run(t, c, sample(t, c), Observer{}).History, c.NEpochs)
}

func TestEveryEpochDrawsItsDropout(t *testing.T) {
	c := quickConfig(t, dag.Triangular)
	c.LearningRate, c.WarmStartEpochs = 1e-30, 0 // nothing moves but the masks,
	c.Dtype = "float64"                          // whose effect on a fresh model is small
	fit := map[float64]bool{}
	for _, e := range run(t, c, sample(t, c), Observer{}).History {
		fit[e.Fit] = true
	}
	require.Greater(t, len(fit), c.NEpochs/2)
	c.Dropout = 0
	h := run(t, c, sample(t, c), Observer{}).History
	require.Equal(t, h[0].Fit, h[5].Fit)
}

func TestTrainingStartsAtTheData(t *testing.T) {
	c := quickConfig(t, dag.Triangular)
	training := newSample(t, c)
	p := training.panel
	window := training.scaling.Window(p, training.spans[0], c.BurnInWeeks, panel.Decompose(p, training.spans[0]))
	starts := window.Starts()
	for name, want := range map[string][]float64{
		"hill_g": starts.HillHalf, "stable_media_coeff": starts.StableMedia, "stable_ctrl_coeff": starts.StableControl,
		"region_baseline": starts.RegionBaseline, "prediction_scale": {0}, "global_bias": {0},
	} {
		require.InDeltaSlice(t, want, graph.Floats(training.params.Get(name).Value), 1e-6, name)
	}
}

func TestSkillTakesTheBestBaseline(t *testing.T) {
	of := func(wmape float64) *Figures { return &Figures{WMAPE: wmape} }
	require.Equal(t, 0.1, Baselines{of(0.4), of(0.1), of(0.2), nil}.best())
	require.Equal(t, 0.05, Baselines{of(0.4), of(0.1), of(0.2), of(0.05)}.best())
	require.Equal(t, 0.3, Baselines{of(0.4), of(0.5), of(0.3), nil}.best())
}

func TestSkillIsMeasuredAgainstTheBestBaseline(t *testing.T) {
	table := &panel.Panel{Target: []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}} // the last value is the best forecast of a ramp
	r := &Result{Panel: table, Parts: []Part{
		{Span: panel.Span{To: 8}, Regions: 1, Actual: table.Target[:8], Predicted: table.Target[:8]},
		{Span: panel.Span{From: 8, To: 10}, Regions: 1, Actual: []float64{9, 10}, Predicted: []float64{9, 9}},
	}}
	r.measure()
	require.InDelta(t, 1-1.0/3, *r.Metrics.Skill, 1e-12) // |10 − 9| against |9 − 8| + |10 − 8|
}

func TestDrawnGraphIsTheStrongestPart(t *testing.T) {
	r := &Result{Graph: Graph{Pruned: mat.NewDense(3, 3, []float64{0, 0.9, 0.04, 0, 0, 0.5, 0, 0, 0})}}
	r.Config.Visualization = Visualization{CorrelationThreshold: 0.05, DAGTopNEdges: 5}
	require.Equal(t, []float64{0, 0.9, 0, 0, 0, 0.5, 0, 0, 0}, r.drawn().RawMatrix().Data)
	r.Config.Visualization.DAGTopNEdges = 1
	require.Equal(t, []float64{0, 0.9, 0, 0, 0, 0, 0, 0, 0}, r.drawn().RawMatrix().Data)
}
