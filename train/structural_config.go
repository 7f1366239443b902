package train

import (
	"fmt"
	"slices"
	"strings"

	"deepcausalmmm/dag"
	"deepcausalmmm/train/structural"
)

// Structural are the keys of the structural model alone.
type Structural struct {
	MediaScaling        structural.MediaScaling `yaml:"media_scaling" json:"media_scaling"`
	StructureWeight     float64                 `yaml:"structure_weight" json:"structure_weight"`
	DAGLags             int                     `yaml:"dag_lags" json:"dag_lags"`
	DAGKnowledge        string                  `yaml:"dag_knowledge,omitempty" json:"dag_knowledge,omitempty"` // a file; relative to the configuration's folder
	MediaContributionSD float64                 `yaml:"media_contribution_sd" json:"media_contribution_sd"`
	ChannelPriors       []ChannelPrior          `yaml:"channel_priors,omitempty" json:"channel_priors,omitempty"`
	ChooseShape         bool                    `yaml:"choose_shape" json:"choose_shape"`
	Shape               PinnedShape             `yaml:"shape,omitempty" json:"shape,omitzero"`
}

// ChannelPrior is what an experiment says of a channel over the training weeks: its direct share of the target, or what
// each unit of spend brought of the target.
type ChannelPrior struct {
	Channel string   `yaml:"channel" json:"channel"`
	Share   *float64 `yaml:"share,omitempty" json:"share,omitempty"`
	ROI     *float64 `yaml:"roi,omitempty" json:"roi,omitempty"`
	Spend   string   `yaml:"spend,omitempty" json:"spend,omitempty"` // the column of data.spend that an ROI is of
	SD      float64  `yaml:"sd" json:"sd"`                           // its standard deviation, in the same unit
}

// PinnedShape is what of the model's shape is not chosen but given; see structural.Shape.
type PinnedShape struct {
	Knots        *int     `yaml:"knots,omitempty" json:"knots,omitempty"`
	RegionTrend  *float64 `yaml:"region_trend,omitempty" json:"region_trend,omitempty"`
	Harmonics    *int     `yaml:"harmonics,omitempty" json:"harmonics,omitempty"`
	Control      *float64 `yaml:"control,omitempty" json:"control,omitempty"`
	Media        *float64 `yaml:"media,omitempty" json:"media,omitempty"`
	RegionEffect *float64 `yaml:"region_effect,omitempty" json:"region_effect,omitempty"`
	Units        *int     `yaml:"units,omitempty" json:"units,omitempty"`
}

func defaultStructural() Structural {
	return Structural{MediaScaling: structural.Relative, StructureWeight: 1, DAGLags: 2, MediaContributionSD: 0.1, ChooseShape: true}
}

// RecommendedConfig is the preset `recommended`, without data.
func RecommendedConfig() Config {
	c := DefaultConfig()
	c.Preset, c.Model = RecommendedPreset, StructuralModel
	c.DAGMode, c.NotearsThreshold = dag.NOTEARS, 0 // parents are selected: what is left has earned its place
	c.MediaContributionPrior = 0                   // none
	c.Dtype = "float64"
	return c
}

// onlyOriginal and onlyStructural are the keys, and sections, that one of the models has no use for.
var (
	onlyStructural = []string{"media_scaling", "structure_weight", "dag_lags", "dag_knowledge", "media_contribution_sd", "channel_priors",
		"choose_shape", "shape"}
	onlyOriginal = []string{"hidden_dim", "dropout", "gru_layers", "ctrl_hidden_ratio", "dag_temperature", "notears_lambda1",
		"notears_group_l1", "stabilization_method", "use_huber_loss", "huber_delta", "dag_weight", "sparsity_weight", "l1_weight",
		"l2_weight", "attribution_reg_weight", "seasonal_prior", "seasonal_reg_weight", "n_epochs", "learning_rate",
		"warm_start_epochs", "max_grad_norm", "gradient_clip_norm", "coeff_grad_clip", "early_stopping", "patience", "dtype",
		"notears_rho_init", "notears_alpha_init", "notears_rho_max", "notears_dual_factor", "notears_dual_update_every",
		"notears_warmup_epochs", "optimizer", "scheduler"}
)

// useless are the keys that the model has no use for.
func (m Model) useless() []string {
	if m == StructuralModel {
		return onlyOriginal
	}
	return onlyStructural
}

// mistake is the first structural key whose value is out of range or no choice; see Config.mistake.
func (s *Structural) mistake() (key, problem string) {
	if by := []structural.MediaScaling{structural.Relative, structural.Share}; !slices.Contains(by, s.MediaScaling) {
		return "media_scaling", fmt.Sprintf("%q is not one of relative, share", s.MediaScaling)
	}
	for _, prior := range s.ChannelPriors {
		if problem := prior.problem(); problem != "" {
			return "channel_priors", problem
		}
	}
	return "", ""
}

func (p ChannelPrior) problem() string {
	switch {
	case p.Channel == "":
		return "a prior names no channel: write {channel: tv, share: 0.05, sd: 0.01}"
	case (p.Share == nil) == (p.ROI == nil):
		return fmt.Sprintf("the prior of %q needs a share or an roi, and not both", p.Channel)
	case p.ROI != nil && p.Spend == "":
		return fmt.Sprintf("the prior of %q is an roi: name its column of data.spend as spend", p.Channel)
	case !(p.SD > 0) || p.SD > 1e30:
		return fmt.Sprintf("the prior of %q needs an sd above 0, its standard deviation: how sure the study was", p.Channel)
	}
	return ""
}

func (s *Structural) rules() []rule {
	p := s.Shape
	return []rule{
		{"structure_weight", s.StructureWeight, 0, 1e6, false},
		{"dag_lags", float64(s.DAGLags), 1, 26, false},
		{"media_contribution_sd", s.MediaContributionSD, 0, 1e6, true},
		{"shape.knots", or1(p.Knots), 1, 1000, false},
		{"shape.region_trend", or1(p.RegionTrend), 0, 100, true},
		{"shape.harmonics", or1(p.Harmonics), 0, 26, false},
		{"shape.control", or1(p.Control), 0, 100, false},
		{"shape.media", or1(p.Media), 0, 1000, true},
		{"shape.region_effect", or1(p.RegionEffect), 0, 100, false},
		{"shape.units", or1(p.Units), 0, 512, false},
	}
}

// or1 is a given number, or one that is in any range.
func or1[N int | float64](v *N) float64 {
	if v == nil {
		return 1
	}
	return float64(*v)
}

// pin sets what is given of a shape.
func (p PinnedShape) pin(s *structural.Shape) {
	set(&s.Knots, p.Knots)
	set(&s.RegionTrend, p.RegionTrend)
	set(&s.Harmonics, p.Harmonics)
	set(&s.Control, p.Control)
	set(&s.Media, p.Media)
	set(&s.RegionEffect, p.RegionEffect)
	set(&s.Units, p.Units)
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// noUse says which keys differ from the preset's though the model has no use for them; empty if none does.
func (c Config) noUse() string {
	fresh := presets[c.Preset]
	if fresh == nil {
		return ""
	}
	defaults := fresh()
	var keys []string
	for _, key := range c.Model.useless() {
		if value(c, key) != value(defaults, key) {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return ""
	}
	return fmt.Sprintf("model: %s has no use for %s", c.Model, strings.Join(keys, ", "))
}
