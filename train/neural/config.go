package neural

import (
	"fmt"

	"deepcausalmmm/internal/settings"
	"deepcausalmmm/layers"
	"deepcausalmmm/train/model"
)

// Config holds all settings of a training.
type Config struct {
	model.Shared
	Settings
}

// Settings are the keys that the neural model has beside those that every model has.
type Settings struct {
	HiddenDim           int                  `yaml:"hidden_dim" default:"280" range:"[2, 4096]" doc:"units of the GRU"`
	Dropout             float64              `yaml:"dropout" default:"0.12" range:"[0, 0.95]" doc:"dropout on the control features and between GRU layers"`
	GRULayers           int                  `yaml:"gru_layers" default:"1" range:"[1, 16]" doc:"GRU layers"`
	CtrlHiddenRatio     float64              `yaml:"ctrl_hidden_ratio" default:"0.5" range:"(0, 4]" doc:"width of the control features, as a share of hidden_dim"`
	DAGTemperature      float64              `yaml:"dag_temperature" default:"0.5" range:"(0, 100]" doc:"the lower, the closer an edge's weight is to 0 or 1"`
	NotearsLambda1      float64              `yaml:"notears_lambda1" default:"0.005" range:"[0, 1e30]" doc:"L1 penalty on edges"`
	NotearsGroupL1      float64              `yaml:"notears_group_l1" default:"0.01" range:"[0, 1e30]" doc:"penalty on the norm of each channel's incoming edges"`
	StabilizationMethod layers.Stabilization `yaml:"stabilization_method" default:"exponential" choices:"exponential, linear, sigmoid" doc:"how stable coefficients fade out over the burn-in"`

	UseHuberLoss         bool    `yaml:"use_huber_loss" default:"true" doc:"Huber loss; false means the mean squared error"`
	HuberDelta           float64 `yaml:"huber_delta" default:"0.25" range:"(0, 1e30]" doc:"threshold of the Huber loss"`
	DAGWeight            float64 `yaml:"dag_weight" default:"0.008" range:"[0, 1e30]" doc:"weight of the DAG term"`
	SparsityWeight       float64 `yaml:"sparsity_weight" default:"0.001" range:"[0, 1e30]" doc:"weight of the sparsity term"`
	L1Weight             float64 `yaml:"l1_weight" default:"5e-5" range:"[0, 1e30]" doc:"weight of Σ|θ| over all parameters"`
	L2Weight             float64 `yaml:"l2_weight" default:"2e-4" range:"[0, 1e30]" doc:"weight of Σθ² over all parameters"`
	AttributionRegWeight float64 `yaml:"attribution_reg_weight" default:"0.5" range:"[0, 1e30]" doc:"weight of media_contribution_prior"`
	SeasonalPrior        float64 `yaml:"seasonal_prior" default:"1" range:"[0, 1e30]" doc:"expected coefficient of the season"`
	SeasonalRegWeight    float64 `yaml:"seasonal_reg_weight" default:"0.1" range:"[0, 1e30]" doc:"weight of seasonal_prior"`

	NEpochs          int     `yaml:"n_epochs" default:"1500" range:"[1, 1e7]" doc:"epochs of the main loop"`
	LearningRate     float64 `yaml:"learning_rate" default:"0.01" range:"(0, 10]" doc:"learning rate of the main loop"`
	WarmStartEpochs  int     `yaml:"warm_start_epochs" default:"50" range:"[0, 1e7]" doc:"epochs on the squared error at 1/100 of the learning rate before the main loop"`
	MaxGradNorm      float64 `yaml:"max_grad_norm" default:"2" range:"(0, 1e30]" doc:"clipping norm of the warm start"`
	GradientClipNorm float64 `yaml:"gradient_clip_norm" default:"2" range:"(0, 1e30]" doc:"clipping norm of the gradients of structure"`
	CoeffGradClip    float64 `yaml:"coeff_grad_clip" default:"1" range:"(0, 1e30]" doc:"clipping norm of the gradients of coefficients"`
	EarlyStopping    bool    `yaml:"early_stopping" default:"true" doc:"stop after patience looks at the holdout (one every 10 epochs) without a new best"`
	Patience         int     `yaml:"patience" default:"300" range:"[1, 1e7]" doc:"see early_stopping"`
	Dtype            string  `yaml:"dtype" default:"float32" choices:"float32, float64" doc:"element type; float64 is slower and for checks"`

	NotearsRhoInit         float64 `yaml:"notears_rho_init" default:"1" range:"(0, 1e30]" doc:"rho at the start"`
	NotearsAlphaInit       float64 `yaml:"notears_alpha_init" default:"0" range:"[0, 1e30]" doc:"alpha at the start"`
	NotearsRhoMax          float64 `yaml:"notears_rho_max" default:"1e16" range:"(0, 1e30]" doc:"largest rho"`
	NotearsDualFactor      float64 `yaml:"notears_dual_factor" default:"3" range:"[1, 1e6]" doc:"rho grows by this factor if h fell to no less than a quarter"`
	NotearsDualUpdateEvery int     `yaml:"notears_dual_update_every" default:"100" range:"[1, 1e7]" doc:"epochs between two dual updates"`
	NotearsWarmupEpochs    int     `yaml:"notears_warmup_epochs" default:"500" range:"[0, 1e7]" doc:"epochs before the penalty on cycles counts"`

	Optimizer Optimizer `yaml:"optimizer" doc:"AdamW of the main loop"`
	Scheduler Scheduler `yaml:"scheduler" doc:"schedule of the learning rate"`

	// Design exchanges layers; the zero value is the model's own. It is set from Go and not part of a file.
	Design Design `yaml:"-"`
}

// Optimizer configures the main loop's AdamW (Loshchilov and Hutter 2019).
type Optimizer struct {
	Type        string    `yaml:"type" default:"adamw" choices:"adamw" doc:"the optimizer"`
	Betas       []float64 `yaml:"betas" default:"[0.9, 0.999]" range:"[0, 0.9999999]" doc:"decay of the gradient's mean and of its square"`
	Eps         float64   `yaml:"eps" default:"1e-8" range:"(0, 1]" doc:"added to the root of the square"`
	WeightDecay float64   `yaml:"weight_decay" default:"5e-5" range:"[0, 1]" doc:"decoupled weight decay"`
}

// Scheduler configures the learning rate: cut when the RMSE stays (plateau), or cosine annealing with warm restarts.
type Scheduler struct {
	Type     string  `yaml:"type" default:"plateau" choices:"plateau, cosine" doc:"plateau cuts the rate when the RMSE stays; cosine anneals it with warm restarts"`
	Patience int     `yaml:"patience" default:"300" range:"[0, 1e7]" doc:"plateau: epochs without a new best before a cut"`
	Factor   float64 `yaml:"factor" default:"0.8" range:"(0, 0.9999]" doc:"plateau: factor of a cut"`
	MinLR    float64 `yaml:"min_lr" default:"1e-8" range:"[0, 10]" doc:"smallest learning rate"`
	T0       int     `yaml:"t_0" default:"200" range:"[1, 1e7]" doc:"cosine: epochs until the first restart"`
	TMult    int     `yaml:"t_mult" default:"2" range:"[1, 100]" doc:"cosine: each later period is longer by this factor"`
}

// DefaultConfig has the defaults of the preset deepcausalmmm.
func DefaultConfig() Config {
	var c Config
	settings.SetDefaults(&c.Shared, &c.Settings)
	return c
}

var _ settings.Checker = (*Settings)(nil)

// Check states the rules that concern several values.
func (s *Settings) Check() (key, problem string) {
	if n := len(s.Optimizer.Betas); n != 2 {
		return "optimizer.betas", fmt.Sprintf("has %d values, not 2", n)
	}
	if s.NotearsRhoInit > s.NotearsRhoMax {
		return "notears_rho_init", fmt.Sprintf("%g is above notears_rho_max, %g", s.NotearsRhoInit, s.NotearsRhoMax)
	}
	return "", ""
}

// ControlFeatures is K, the width of what the GRU sees of the controls.
func (s Settings) ControlFeatures() int { return max(1, int(float64(s.HiddenDim)*s.CtrlHiddenRatio)) }

// Dims are the sizes of a panel: R, T (burn-in rows included), M and C.
type Dims struct {
	Regions  int `json:"regions"`
	Weeks    int `json:"weeks"`
	Channels int `json:"channels"`
	Controls int `json:"controls"`
}
