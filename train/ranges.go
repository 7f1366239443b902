package train

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"deepcausalmmm/dag"
	"deepcausalmmm/layers"
)

// rule is the range of a number.
type rule struct {
	key    string
	value  float64
	lo, hi float64
	open   bool // lo itself is out of range
}

func (r rule) problem() string {
	v := r.value
	if !math.IsNaN(v) && !math.IsInf(v, 0) && v <= r.hi && (v > r.lo || v == r.lo && !r.open) {
		return ""
	}
	bracket := "["
	if r.open {
		bracket = "("
	}
	return fmt.Sprintf("%g is out of range %s%g, %g]", v, bracket, r.lo, r.hi)
}

// mistake is the first key whose value is out of range or no choice, and what is wrong with it; both are empty if all
// is well.
func (c *Config) mistake() (key, problem string) {
	if n := len(c.Optimizer.Betas); n != 2 {
		return "optimizer.betas", fmt.Sprintf("has %d values, not 2", n)
	}
	for _, r := range c.rules() {
		if p := r.problem(); p != "" {
			return r.key, p
		}
	}
	for _, choice := range []struct {
		key, value string
		of         []string
	}{
		{"dag_mode", string(c.DAGMode), []string{string(dag.Triangular), string(dag.NOTEARS)}},
		{"stabilization_method", string(c.StabilizationMethod),
			[]string{string(layers.Exponential), string(layers.LinearFade), string(layers.SigmoidFade)}},
		{"model", string(c.Model), []string{string(OriginalModel), string(StructuralModel)}},
		{"dtype", c.Dtype, []string{"float32", "float64"}},
		{"optimizer.type", c.Optimizer.Type, []string{"adamw"}},
		{"scheduler.type", c.Scheduler.Type, []string{"plateau", "cosine"}},
	} {
		if !slices.Contains(choice.of, choice.value) {
			return choice.key, fmt.Sprintf("%q is not one of %s", choice.value, strings.Join(choice.of, ", "))
		}
	}
	if c.NotearsRhoInit > c.NotearsRhoMax {
		return "notears_rho_init", fmt.Sprintf("%g is above notears_rho_max, %g", c.NotearsRhoInit, c.NotearsRhoMax)
	}
	return c.Structural.mistake()
}

// missing is the first key without which there is no table to read.
func (d *Data) missing() (key, problem string) {
	for _, need := range []struct {
		key   string
		empty bool
	}{
		{"data.week", d.Week == ""}, {"data.target", d.Target == ""}, {"data.media", len(d.Media) == 0},
	} {
		if need.empty {
			return need.key, "is missing: name the column"
		}
	}
	return "", ""
}

func (c *Config) rules() []rule {
	const big, many = 1e30, 1e7
	n := func(i int) float64 { return float64(i) }
	from := func(lo float64, key string, v, hi float64) rule { return rule{key, v, lo, hi, false} }
	above := func(lo float64, key string, v, hi float64) rule { return rule{key, v, lo, hi, true} }
	return append(c.Structural.rules(),
		from(2, "hidden_dim", n(c.HiddenDim), 4096),
		from(0, "dropout", c.Dropout, 0.95),
		from(1, "gru_layers", n(c.GRULayers), 16),
		above(0, "ctrl_hidden_ratio", c.CtrlHiddenRatio, 4),
		above(0, "dag_temperature", c.DAGTemperature, 100),
		from(0, "notears_lambda1", c.NotearsLambda1, big),
		from(0, "notears_group_l1", c.NotearsGroupL1, big),
		from(0, "burn_in_weeks", n(c.BurnInWeeks), many),
		above(0, "huber_delta", c.HuberDelta, big),
		from(0, "dag_weight", c.DAGWeight, big),
		from(0, "sparsity_weight", c.SparsityWeight, big),
		from(0, "l1_weight", c.L1Weight, big),
		from(0, "l2_weight", c.L2Weight, big),
		from(0, "media_contribution_prior", c.MediaContributionPrior, 1),
		from(0, "attribution_reg_weight", c.AttributionRegWeight, big),
		from(0, "seasonal_prior", c.SeasonalPrior, big),
		from(0, "seasonal_reg_weight", c.SeasonalRegWeight, big),
		from(1, "n_epochs", n(c.NEpochs), many),
		above(0, "learning_rate", c.LearningRate, 10),
		from(0, "warm_start_epochs", n(c.WarmStartEpochs), many),
		above(0, "max_grad_norm", c.MaxGradNorm, big),
		above(0, "gradient_clip_norm", c.GradientClipNorm, big),
		above(0, "coeff_grad_clip", c.CoeffGradClip, big),
		from(1, "patience", n(c.Patience), many),
		from(0, "holdout_ratio", c.HoldoutRatio, 0.9),
		from(2, "min_train_weeks", n(c.MinTrainWeeks), many),
		above(0, "notears_rho_init", c.NotearsRhoInit, big),
		from(0, "notears_alpha_init", c.NotearsAlphaInit, big),
		above(0, "notears_rho_max", c.NotearsRhoMax, big),
		from(1, "notears_dual_factor", c.NotearsDualFactor, 1e6),
		from(1, "notears_dual_update_every", n(c.NotearsDualUpdateEvery), many),
		from(0, "notears_warmup_epochs", n(c.NotearsWarmupEpochs), many),
		from(0, "notears_threshold", c.NotearsThreshold, 1),
		from(0, "optimizer.betas", c.Optimizer.Betas[0], 0.9999999),
		from(0, "optimizer.betas", c.Optimizer.Betas[1], 0.9999999),
		above(0, "optimizer.eps", c.Optimizer.Eps, 1),
		from(0, "optimizer.weight_decay", c.Optimizer.WeightDecay, 1),
		from(0, "scheduler.patience", n(c.Scheduler.Patience), many),
		above(0, "scheduler.factor", c.Scheduler.Factor, 0.9999),
		from(0, "scheduler.min_lr", c.Scheduler.MinLR, 10),
		from(1, "scheduler.t_0", n(c.Scheduler.T0), many),
		from(1, "scheduler.t_mult", n(c.Scheduler.TMult), 100),
		from(0, "visualization.correlation_threshold", c.Visualization.CorrelationThreshold, 1),
		from(1, "visualization.dag_top_n_edges", n(c.Visualization.DAGTopNEdges), 1e6),
	)
}
