package optim

import (
	"encoding/json"
	"math"
)

// Plateau cuts the learning rate when a figure (an error: the smaller, the better) stops falling, as PyTorch's
// ReduceLROnPlateau in its mode min with a relative threshold and no cooldown: after more than Patience steps without a
// new best, the rate is multiplied by Factor. NaN is not a new best. Written as JSON and
// read back, it continues.
type Plateau struct {
	Patience  int     // PyTorch's default 10
	Factor    float64 // PyTorch's default 0.1
	Threshold float64 // relative improvement required of a new best. PyTorch's default 1e-4.
	MinRate   float64

	begun bool
	best  float64
	waits int
}

// minChange is PyTorch's smallest change of the rate.
const minChange = 1e-8

// Step takes a figure and the rate, and returns the next rate.
func (p *Plateau) Step(figure, rate float64) float64 {
	if !p.begun {
		p.begun, p.best = true, math.Inf(1)
	}
	if figure < p.best*(1-p.Threshold) {
		p.best, p.waits = figure, 0
		return rate
	}
	if p.waits++; p.waits <= p.Patience {
		return rate
	}
	p.waits = 0
	if lower := max(rate*p.Factor, p.MinRate); rate-lower > minChange {
		return lower
	}
	return rate
}

// plateauState is the JSON form of a Plateau. JSON has no infinity, so the best is absent before the first one.
type plateauState struct {
	Patience  int      `json:"patience"`
	Factor    float64  `json:"factor"`
	Threshold float64  `json:"threshold"`
	MinRate   float64  `json:"min_rate"`
	Best      *float64 `json:"best,omitempty"`
	Waits     int      `json:"waits"`
}

// MarshalJSON writes the whole state.
func (p Plateau) MarshalJSON() ([]byte, error) {
	s := plateauState{p.Patience, p.Factor, p.Threshold, p.MinRate, nil, p.waits}
	if p.begun && !math.IsInf(p.best, 1) {
		s.Best = &p.best
	}
	return json.Marshal(s)
}

// UnmarshalJSON reads the form of MarshalJSON.
func (p *Plateau) UnmarshalJSON(text []byte) error {
	var s plateauState
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	*p = Plateau{s.Patience, s.Factor, s.Threshold, s.MinRate, true, math.Inf(1), s.Waits}
	if s.Best != nil {
		p.best = *s.Best
	}
	return nil
}
