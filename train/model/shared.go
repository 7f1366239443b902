package model

import "deepcausalmmm/dag"

// Shared are the settings that mean the same in every model. Their defaults are those of the preset deepcausalmmm.
type Shared struct {
	HoldoutRatio           float64       `yaml:"holdout_ratio" default:"0.12" range:"[0, 0.9]" doc:"share of the last weeks that are held out"`
	MinTrainWeeks          int           `yaml:"min_train_weeks" default:"40" range:"[2, 1e7]" doc:"fewest weeks that must remain for training"`
	BurnInWeeks            int           `yaml:"burn_in_weeks" default:"6" range:"[0, 1e7]" doc:"original: weeks of zeros before the first; structural: first weeks that do not count in the fit"`
	EnableDAG              bool          `yaml:"enable_dag" default:"true" doc:"channels influence each other; only if enable_interactions holds too"`
	EnableInteractions     bool          `yaml:"enable_interactions" default:"true" doc:"see enable_dag"`
	DAGMode                dag.Mode      `yaml:"dag_mode" default:"triangular" choices:"triangular, notears" doc:"triangular: edges run from earlier to later columns; notears: between any columns, without cycles"`
	NotearsThreshold       float64       `yaml:"notears_threshold" default:"0.3" range:"[0, 1]" doc:"edges up to this absolute weight are left out of the pruned graph"`
	MediaContributionPrior float64       `yaml:"media_contribution_prior" default:"0.4" range:"[0, 1]" doc:"expected share of all media; structural: 0 means no expectation"`
	RandomSeed             uint64        `yaml:"random_seed" default:"42" doc:"seed of starting values, dropout, resamples and draws from the posterior"`
	Visualization          Visualization `yaml:"visualization" doc:"what dag.dot and the dashboard draw of the graph"`
}

// Visualization limits the edges drawn of the graph.
type Visualization struct {
	CorrelationThreshold float64 `yaml:"correlation_threshold" default:"0.05" range:"[0, 1]" doc:"smallest absolute weight of an edge that is drawn"`
	DAGTopNEdges         int     `yaml:"dag_top_n_edges" default:"15" range:"[1, 1e6]" doc:"most edges that are drawn, the strongest"`
}

// HasDAG reports whether channels influence each other: only if both switches are on.
func (s Shared) HasDAG() bool { return s.EnableDAG && s.EnableInteractions }
