package neural

import (
	"deepcausalmmm/graph"
	"deepcausalmmm/optim"
)

// warmStartRate is the warm start's learning rate as a share of the main loop's.
const warmStartRate = 0.01

func adamW(c Config, rate float64) *optim.AdamW {
	o := c.Optimizer
	return &optim.AdamW{Rate: rate, Beta1: o.Betas[0], Beta2: o.Betas[1], Eps: o.Eps, WeightDecay: o.WeightDecay}
}

// newOptimizer clips the coefficients' gradients and all others' by a norm each, and then takes AdamW's step.
func newOptimizer(c Config) optim.Optimizer {
	return optim.Chain(adamW(c, c.LearningRate),
		optim.ClipNorm{Max: c.CoeffGradClip, Group: string(graph.Coefficients)},
		optim.ClipNorm{Max: c.GradientClipNorm, Group: string(graph.Structure)})
}

// newWarmStart clips all gradients together and steps far more carefully.
func newWarmStart(c Config) optim.Optimizer {
	return optim.Chain(adamW(c, warmStartRate*c.LearningRate), optim.ClipNorm{Max: c.MaxGradNorm})
}

// schedule sets the learning rate after each epoch, given an RMSE. As JSON it is a state to resume from.
type schedule interface {
	after(epoch int, rmse float64, o optim.Optimizer)
}

type plateauSchedule struct{ *optim.Plateau }

func (s plateauSchedule) after(_ int, rmse float64, o optim.Optimizer) {
	o.SetLearningRate(s.Step(rmse, o.LearningRate()))
}

type cosineSchedule struct{ *optim.CosineRestarts }

func (s cosineSchedule) after(epoch int, _ float64, o optim.Optimizer) {
	o.SetLearningRate(s.At(epoch + 1))
}

// plateauThreshold is PyTorch's default: an RMSE must be this share lower to count as better.
const plateauThreshold = 1e-4

func newSchedule(c Config) schedule {
	s := c.Scheduler
	if s.Type == "cosine" {
		return &cosineSchedule{&optim.CosineRestarts{
			MaxRate: c.LearningRate, MinRate: s.MinLR, Period: s.T0, Mult: s.TMult,
		}}
	}
	return &plateauSchedule{&optim.Plateau{
		Patience: s.Patience, Factor: s.Factor, Threshold: plateauThreshold, MinRate: s.MinLR,
	}}
}
