package dag

import (
	"encoding/json"
	"math"
)

// Duals are the weights of the augmented Lagrangian ½·Rho·h² + Alpha·h, with what their ascent needs to know. As JSON
// they are a checkpoint that goes on where it was written.
type Duals struct {
	Rho, Alpha float64
	RhoMax     float64 // rho grows no further
	Factor     float64 // by which rho grows
	Progress   float64 // the share of the last h to which h must have fallen for rho to stay. Default 0.25.

	last float64 // h at the last update; +Inf before the first
}

// NewDuals starts a dual ascent, whose first update does not raise rho. Progress is 0.25 (Zheng et al. 2018, section
// 4.1).
func NewDuals(rho, alpha, factor, rhoMax float64) *Duals {
	return &Duals{Rho: rho, Alpha: alpha, RhoMax: rhoMax, Factor: factor, Progress: 0.25, last: math.Inf(1)}
}

// Update is one step of the ascent (Zheng et al. 2018, algorithm 1): rho grows by Factor when h has not fallen to
// Progress of the last, and alpha moves by rho·h.
func (d *Duals) Update(h float64) {
	if h > d.Progress*d.last {
		d.Rho = min(d.Rho*d.Factor, d.RhoMax)
	}
	d.Alpha += d.Rho * h
	d.last = h
}

// dualsState is how Duals are written. JSON knows no infinity, so before the first update the last h is left out.
type dualsState struct {
	Rho      float64  `json:"rho"`
	Alpha    float64  `json:"alpha"`
	RhoMax   float64  `json:"rho_max"`
	Factor   float64  `json:"factor"`
	Progress float64  `json:"progress"`
	Last     *float64 `json:"last_h,omitempty"`
}

// MarshalJSON writes the whole state.
func (d Duals) MarshalJSON() ([]byte, error) {
	s := dualsState{d.Rho, d.Alpha, d.RhoMax, d.Factor, d.Progress, nil}
	if !math.IsInf(d.last, 1) {
		s.Last = &d.last
	}
	return json.Marshal(s)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (d *Duals) UnmarshalJSON(text []byte) error {
	var s dualsState
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	*d = Duals{s.Rho, s.Alpha, s.RhoMax, s.Factor, s.Progress, math.Inf(1)}
	if s.Last != nil {
		d.last = *s.Last
	}
	return nil
}
