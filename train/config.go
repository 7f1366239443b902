package train

import (
	"deepcausalmmm/panel"
	"deepcausalmmm/train/neural"
)

// Config is everything that a training depends on besides its data. Load reads it from YAML; the README's table
// explains the keys. DefaultConfig has the defaults.
type Config struct {
	Preset        string `yaml:"preset" json:"preset"`
	Model         Model  `yaml:"model" json:"model"`
	neural.Config `yaml:",inline"`
	Structural    `yaml:",inline"`

	NEpochs          int     `yaml:"n_epochs" json:"n_epochs"`
	LearningRate     float64 `yaml:"learning_rate" json:"learning_rate"`
	WarmStartEpochs  int     `yaml:"warm_start_epochs" json:"warm_start_epochs"`
	MaxGradNorm      float64 `yaml:"max_grad_norm" json:"max_grad_norm"`
	GradientClipNorm float64 `yaml:"gradient_clip_norm" json:"gradient_clip_norm"`
	CoeffGradClip    float64 `yaml:"coeff_grad_clip" json:"coeff_grad_clip"`
	EarlyStopping    bool    `yaml:"early_stopping" json:"early_stopping"`
	Patience         int     `yaml:"patience" json:"patience"`
	HoldoutRatio     float64 `yaml:"holdout_ratio" json:"holdout_ratio"`
	MinTrainWeeks    int     `yaml:"min_train_weeks" json:"min_train_weeks"`
	RandomSeed       uint64  `yaml:"random_seed" json:"random_seed"`
	Dtype            string  `yaml:"dtype" json:"dtype"`

	NotearsRhoInit         float64 `yaml:"notears_rho_init" json:"notears_rho_init"`
	NotearsAlphaInit       float64 `yaml:"notears_alpha_init" json:"notears_alpha_init"`
	NotearsRhoMax          float64 `yaml:"notears_rho_max" json:"notears_rho_max"`
	NotearsDualFactor      float64 `yaml:"notears_dual_factor" json:"notears_dual_factor"`
	NotearsDualUpdateEvery int     `yaml:"notears_dual_update_every" json:"notears_dual_update_every"`
	NotearsWarmupEpochs    int     `yaml:"notears_warmup_epochs" json:"notears_warmup_epochs"`
	NotearsThreshold       float64 `yaml:"notears_threshold" json:"notears_threshold"`

	Optimizer     Optimizer     `yaml:"optimizer" json:"optimizer"`
	Scheduler     Scheduler     `yaml:"scheduler" json:"scheduler"`
	Visualization Visualization `yaml:"visualization" json:"visualization"`
	Data          Data          `yaml:"data" json:"data"`
}

// Optimizer configures the main loop's AdamW (Loshchilov and Hutter 2019).
type Optimizer struct {
	Type        string    `yaml:"type" json:"type"`   // adamw
	Betas       []float64 `yaml:"betas" json:"betas"` // two: decay of the mean and of the square
	Eps         float64   `yaml:"eps" json:"eps"`
	WeightDecay float64   `yaml:"weight_decay" json:"weight_decay"`
}

// Scheduler configures the learning rate: cut when the RMSE stays (plateau), or cosine annealing with warm restarts.
type Scheduler struct {
	Type     string  `yaml:"type" json:"type"` // plateau or cosine
	Patience int     `yaml:"patience" json:"patience"`
	Factor   float64 `yaml:"factor" json:"factor"`
	MinLR    float64 `yaml:"min_lr" json:"min_lr"`
	T0       int     `yaml:"t_0" json:"t_0"`       // cosine: epochs until the first restart
	TMult    int     `yaml:"t_mult" json:"t_mult"` // cosine: each later period is this much longer
}

// Visualization bounds what is drawn of the graph.
type Visualization struct {
	CorrelationThreshold float64 `yaml:"correlation_threshold" json:"correlation_threshold"`
	DAGTopNEdges         int     `yaml:"dag_top_n_edges" json:"dag_top_n_edges"`
}

// Data names the table and its columns. File counts from the configuration file's folder.
type Data struct {
	File          string `yaml:"file" json:"file"`
	panel.Columns `yaml:",inline"`
}

// Model is which equations are fitted.
type Model string

// The models. Keys that a model has no use for do not count, and are not written.
const (
	OriginalModel   Model = "original"   // package graph: the Python original's
	StructuralModel Model = "structural" // package causal: named terms, and channels that move each other
)

// The presets.
const (
	DefaultPreset     = "deepcausalmmm" // follows the Python original
	RecommendedPreset = "recommended"   // finds the graph, the contributions and the future
)

// DefaultConfig is the preset `deepcausalmmm` (get_default_config of the Python original), without data.
func DefaultConfig() Config {
	return Config{
		Preset: DefaultPreset, Model: OriginalModel,
		Config: neural.DefaultConfig(), Structural: defaultStructural(),

		NEpochs: 1500, LearningRate: 0.01, WarmStartEpochs: 50,
		MaxGradNorm: 2, GradientClipNorm: 2, CoeffGradClip: 1,
		EarlyStopping: true, Patience: 300, HoldoutRatio: 0.12, MinTrainWeeks: 40,
		RandomSeed: 42, Dtype: "float32",

		NotearsRhoInit: 1, NotearsAlphaInit: 0, NotearsRhoMax: 1e16, NotearsDualFactor: 3,
		NotearsDualUpdateEvery: 100, NotearsWarmupEpochs: 500, NotearsThreshold: 0.3,

		Optimizer:     Optimizer{Type: "adamw", Betas: []float64{0.9, 0.999}, Eps: 1e-8, WeightDecay: 5e-5},
		Scheduler:     Scheduler{Type: "plateau", Patience: 300, Factor: 0.8, MinLR: 1e-8, T0: 200, TMult: 2},
		Visualization: Visualization{CorrelationThreshold: 0.05, DAGTopNEdges: 15},
	}
}

// presets are the sets of defaults that a configuration may start from.
var presets = map[string]func() Config{DefaultPreset: DefaultConfig, RecommendedPreset: RecommendedConfig}
