package dag

import "math"

// Progress is how far h must fall between two dual updates for rho to stay: to a quarter (Zheng et al. 2018, section
// 4.1).
const Progress = 0.25

// Duals are the weights of the augmented Lagrangian ½·Rho·h² + Alpha·h.
type Duals struct {
	Rho, Alpha float64
	RhoMax     float64 // rho grows no further
	Factor     float64 // by which rho grows

	last float64 // h at the last update
}

// NewDuals starts a dual ascent, whose first update does not raise rho.
func NewDuals(rho, alpha, factor, rhoMax float64) *Duals {
	return &Duals{Rho: rho, Alpha: alpha, RhoMax: rhoMax, Factor: factor, last: math.Inf(1)}
}

// Update is one step of the ascent (Zheng et al. 2018, algorithm 1): rho grows by Factor when h has not fallen to
// Progress of the last, and alpha moves by rho·h.
func (d *Duals) Update(h float64) {
	if h > Progress*d.last {
		d.Rho = min(d.Rho*d.Factor, d.RhoMax)
	}
	d.Alpha += d.Rho * h
	d.last = h
}
