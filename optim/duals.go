package optim

import (
	"encoding/json"
	"fmt"
	"math"
)

// Duals are the weights of the augmented Lagrangian ½·Rho·h² + Alpha·h of a constraint h = 0, with the state of their
// ascent. Written as JSON and read back, they continue it.
type Duals struct {
	Rho, Alpha float64
	RhoMax     float64 // upper bound of rho
	Factor     float64 // multiplies rho when h stalls
	Progress   float64 // rho grows unless h falls to this share of the last h. Default 0.25.

	last    float64 // h at the last update; +Inf before the first
	growing int     // updates in a row at which rho grew, and alpha moved by more than at the one before
}

// NewDuals starts a dual ascent, whose first update does not raise rho. Progress is 0.25 (Zheng et al. 2018, section
// 4.1).
func NewDuals(rho, alpha, factor, rhoMax float64) *Duals {
	return &Duals{Rho: rho, Alpha: alpha, RhoMax: rhoMax, Factor: factor, Progress: 0.25, last: math.Inf(1)}
}

// Update is one step of the ascent (Zheng et al. 2018, algorithm 1): rho grows by Factor when h has not fallen to
// Progress of the last, and alpha moves by rho·h.
func (d *Duals) Update(h float64) {
	moved := d.Rho * d.last // of the last update; +Inf at the first
	if h > d.Progress*d.last {
		d.Rho = min(d.Rho*d.Factor, d.RhoMax)
	}
	d.Alpha += d.Rho * h
	d.last = h
	if d.growing++; d.Rho*h <= moved {
		d.growing = 0
	}
}

// Feasible is the h below which a graph counts as acyclic (Zheng et al. 2018, algorithm 1).
const Feasible = 1e-8

// stuckAfter is the number of updates in a row with growing steps of alpha that count as growth without bound.
const stuckAfter = 5

// Stuck explains, given the h of the last update, why more updates will not reduce h to 0; it is empty if they may. Either
// rho has reached its maximum; or alpha, which would converge to a Lagrange multiplier if one existed, has moved by more at
// each of the last updates, because h falls more slowly than rho grows. (The gradient of the acyclicity is 0 on every
// acyclic graph, so a finite multiplier need not exist: Wei, Gao and Yu 2020.)
func (d *Duals) Stuck(h float64) string {
	switch {
	case h <= Feasible:
		return ""
	case d.Rho >= d.RhoMax:
		return fmt.Sprintf("rho has reached its maximum, %.3g, with h still at %.3g", d.RhoMax, h)
	case d.growing >= stuckAfter:
		return fmt.Sprintf("alpha has moved by more at each of the last %d updates, to %.6g: it grows without bound while h, %.3g, "+
			"does not fall as fast as rho grows", d.growing, d.Alpha, h)
	}
	return ""
}

// dualsState is the JSON form of Duals. JSON has no infinity, so the last h is absent before the first update.
type dualsState struct {
	Rho      float64  `json:"rho"`
	Alpha    float64  `json:"alpha"`
	RhoMax   float64  `json:"rho_max"`
	Factor   float64  `json:"factor"`
	Progress float64  `json:"progress"`
	Last     *float64 `json:"last_h,omitempty"`
	Growing  int      `json:"growing"`
}

// MarshalJSON writes the whole state.
func (d Duals) MarshalJSON() ([]byte, error) {
	s := dualsState{d.Rho, d.Alpha, d.RhoMax, d.Factor, d.Progress, nil, d.growing}
	if !math.IsInf(d.last, 1) {
		s.Last = &d.last
	}
	return json.Marshal(s)
}

// UnmarshalJSON reads the form of MarshalJSON.
func (d *Duals) UnmarshalJSON(text []byte) error {
	var s dualsState
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	*d = Duals{s.Rho, s.Alpha, s.RhoMax, s.Factor, s.Progress, math.Inf(1), s.Growing}
	if s.Last != nil {
		d.last = *s.Last
	}
	return nil
}
