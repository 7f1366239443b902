package neural

import (
	"deepcausalmmm/dag"
	"deepcausalmmm/layers"
)

// Config is what the model's equations depend on. DefaultConfig has the defaults; the trainer's configuration file
// holds these keys beside its own.
type Config struct {
	HiddenDim       int     `yaml:"hidden_dim" json:"hidden_dim"`
	Dropout         float64 `yaml:"dropout" json:"dropout"`
	GRULayers       int     `yaml:"gru_layers" json:"gru_layers"`
	CtrlHiddenRatio float64 `yaml:"ctrl_hidden_ratio" json:"ctrl_hidden_ratio"`

	EnableDAG          bool     `yaml:"enable_dag" json:"enable_dag"`
	EnableInteractions bool     `yaml:"enable_interactions" json:"enable_interactions"`
	DAGMode            dag.Mode `yaml:"dag_mode" json:"dag_mode"`
	DAGTemperature     float64  `yaml:"dag_temperature" json:"dag_temperature"`
	NotearsLambda1     float64  `yaml:"notears_lambda1" json:"notears_lambda1"`
	NotearsGroupL1     float64  `yaml:"notears_group_l1" json:"notears_group_l1"`

	BurnInWeeks         int                  `yaml:"burn_in_weeks" json:"burn_in_weeks"`
	StabilizationMethod layers.Stabilization `yaml:"stabilization_method" json:"stabilization_method"`

	UseHuberLoss           bool    `yaml:"use_huber_loss" json:"use_huber_loss"`
	HuberDelta             float64 `yaml:"huber_delta" json:"huber_delta"`
	DAGWeight              float64 `yaml:"dag_weight" json:"dag_weight"`
	SparsityWeight         float64 `yaml:"sparsity_weight" json:"sparsity_weight"`
	L1Weight               float64 `yaml:"l1_weight" json:"l1_weight"`
	L2Weight               float64 `yaml:"l2_weight" json:"l2_weight"`
	MediaContributionPrior float64 `yaml:"media_contribution_prior" json:"media_contribution_prior"`
	AttributionRegWeight   float64 `yaml:"attribution_reg_weight" json:"attribution_reg_weight"`
	SeasonalPrior          float64 `yaml:"seasonal_prior" json:"seasonal_prior"`
	SeasonalRegWeight      float64 `yaml:"seasonal_reg_weight" json:"seasonal_reg_weight"`
}

// DefaultConfig is the model part of the `deepcausalmmm` preset.
func DefaultConfig() Config {
	return Config{
		HiddenDim: 280, Dropout: 0.12, GRULayers: 1, CtrlHiddenRatio: 0.5,
		EnableDAG: true, EnableInteractions: true, DAGMode: dag.Triangular, DAGTemperature: 0.5,
		NotearsLambda1: 0.005, NotearsGroupL1: 0.01,
		BurnInWeeks: 6, StabilizationMethod: layers.Exponential,
		UseHuberLoss: true, HuberDelta: 0.25,
		DAGWeight: 0.008, SparsityWeight: 0.001, L1Weight: 5e-5, L2Weight: 2e-4,
		MediaContributionPrior: 0.40, AttributionRegWeight: 0.5,
		SeasonalPrior: 1, SeasonalRegWeight: 0.1,
	}
}

// HasDAG tells whether channels influence each other: only where both switches are on.
func (c Config) HasDAG() bool { return c.EnableDAG && c.EnableInteractions }

// ControlFeatures is K, the width of what the GRU sees of the controls.
func (c Config) ControlFeatures() int { return max(1, int(float64(c.HiddenDim)*c.CtrlHiddenRatio)) }

// Dims are the sizes of a panel: R, T (burn-in rows included), M and C.
type Dims struct {
	Regions  int `json:"regions"`
	Weeks    int `json:"weeks"`
	Channels int `json:"channels"`
	Controls int `json:"controls"`
}
