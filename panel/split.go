package panel

import "fmt"

// Span is the weeks from From up to, but not including, To.
type Span struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// Len is the number of weeks.
func (s Span) Len() int { return s.To - s.From }

// Split divides the weeks by time: the last ⌊T·ratio⌋ are the holdout, the others, at least minTrainWeeks, are for training.
// The product is rounded in float64, as in the Python original.
func (p *Panel) Split(ratio float64, minTrainWeeks int) (train, holdout Span, err error) {
	if !(ratio >= 0 && ratio < 1) {
		return Span{}, Span{}, fmt.Errorf("%sholdout_ratio %g is not in [0, 1)", prefix(p.Report.File), ratio)
	}
	weeks := len(p.Weeks)
	held := int(float64(weeks) * ratio)
	if weeks-held < max(minTrainWeeks, 1) {
		return Span{}, Span{}, &TooFewWeeksError{
			File: p.Report.File, Weeks: weeks, Holdout: held, MinTrainWeeks: minTrainWeeks, Noun: p.Resolution.RowNoun(2),
		}
	}
	return Span{0, weeks - held}, Span{weeks - held, weeks}, nil
}

// Cut returns a copy of the weeks of a span of x, a field of the panel with K values a cell: [R, T, K] becomes [R, weeks, K].
func Cut[E any](p *Panel, x []E, K int, span Span) []E {
	T := len(p.Weeks)
	part := make([]E, 0, len(p.Regions)*span.Len()*K)
	for r := range p.Regions {
		part = append(part, x[(r*T+span.From)*K:(r*T+span.To)*K]...)
	}
	return part
}
