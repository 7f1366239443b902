package model

// Inference holds the results of a model with structural equations: effects that travel along the graph, their intervals, and
// what the fit was.
type Inference struct {
	Effects    []Effect    `json:"effects"`            // direct, indirect and total of each channel
	Paths      []Path      `json:"paths"`              // of indirect effects, strongest first
	Choice     *Choice     `json:"choice"`             // how the form of the model was chosen
	Sigma      float64     `json:"sigma"`              // width of the noise, in multiples of a region's average week
	Design     float64     `json:"design"`             // design effect: correlated region-weeks per independent one
	Iterations int         `json:"iterations"`         // of the fit
	Converged  bool        `json:"converged"`          // or it ran out of iterations
	Ensemble   int         `json:"ensemble"`           // number of draws from the posterior; 0 if there are no intervals
	Frequency  [][]float64 `json:"frequency"`          // of each edge in resamples of the data, [M, M]; null without
	LeftOut    []string    `json:"left_out,omitempty"` // draws that are left out, and why
	Assumed    []string    `json:"assumed,omitempty"`  // channels whose share is the prior's: the data did not move it
	Unrecorded int         `json:"unrecorded"`         // region-weeks without a target, which count in no figure
	Equations  []Equation  `json:"equations"`          // the graph's edges, lag by lag
	KPI        float64     `json:"kpi"`                // predicted, over all regions and weeks
	TotalLow   []float64   `json:"total_low"`          // interval of the week's sum over the regions, [T]; null without draws
	TotalHigh  []float64   `json:"total_high"`
}

// Effect is the effect of a channel over all regions and weeks, in the target's units and as a share of the prediction.
// Low and High bound the value with a probability of 80 %.
type Effect struct {
	Channel string     `json:"channel"`
	Kind    EffectKind `json:"kind"`
	Value   float64    `json:"value"`
	Share   float64    `json:"share"`
	Low     *float64   `json:"low"`
	High    *float64   `json:"high"`

	Interval50 *Interval `json:"interval_50,omitempty"`
	Interval95 *Interval `json:"interval_95,omitempty"`
	Source     Source    `json:"source,omitempty"`
}

// Source says how far data determine an effect.
type Source string

// The sources of effects: data, data and prior, and the prior, which the data have hardly changed.
const (
	Learned       Source = "learned"
	PartlyLearned Source = "partly learned"
	Assumed       Source = "assumed"
)

// EffectKind says how a channel acts.
type EffectKind string

// The kinds of effects: a channel's own, that through the channels that it moves, and both.
const (
	Direct   EffectKind = "direct"
	Indirect EffectKind = "indirect"
	Total    EffectKind = "total"
)

// Path is an indirect effect, from the cause to the channel that sells.
type Path struct {
	Channels []string `json:"channels"`
	Value    float64  `json:"value"`
	Share    float64  `json:"share"`
}

// Equation is a term of a structural equation: by how much (in log points) the child moves if the parent moves by one,
// some weeks before.
type Equation struct {
	From   string  `json:"from"`
	To     string  `json:"to"`
	Lag    int     `json:"lag"`
	Weight float64 `json:"weight"`
}

// Choice is how the form of a model was chosen by rolling-origin validation.
type Choice struct {
	Shape   any     `json:"shape"`   // the model's own description of the form
	Words   string  `json:"words"`   // the same as a sentence
	Trials  []Trial `json:"trials"`  // in the order of the search; none if the form was given
	Origins []Weeks `json:"origins"` // that the forecasts were made from
}

// Trial is a form, the worth of its forecasts from the rolling origins, and its weight in the average.
type Trial struct {
	What  string  `json:"what"`
	Shape any     `json:"shape"`
	WMAPE float64 `json:"wmape"`
	Score float64 `json:"score"` // log density of the forecasts, in independent observations

	Weight float64 `json:"weight"` // 0 if it is left out
}

// Weeks are a rolling origin: what comes before Train is fitted, the weeks from it to To are forecast.
type Weeks struct {
	Train int `json:"train"`
	To    int `json:"to"`
}

// Interval bounds a quantity with a probability of 80 %.
type Interval struct{ Low, High float64 }
