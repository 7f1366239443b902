package money

import "deepcausalmmm/panel"

// prices of channels in regions: money per unit of exposure.
type prices struct {
	channels int
	unit     []float64 // [R, M]; 0 of a channel that costs nothing
	spend    []float64 // [R, M]: what was spent, region-weeks without a row at the region's price
	priced   []bool    // [M]: something was spent
}

// pricesOf returns the prices of a panel's paid channels: a region's spend ÷ its exposure over the weeks that have a row, or, in a
// region without exposure, that of all regions together. exposure [R, T, M] covers weeks without a row too.
func pricesOf(p *panel.Panel, exposure []float64) prices {
	R, T, M := len(p.Regions), len(p.Weeks), len(p.Channels)
	out := prices{M, make([]float64, R*M), make([]float64, R*M), make([]bool, M)}
	for c := range M {
		column, ok := p.SpendColumn(c)
		if !ok || p.Kind(c) != panel.Paid {
			continue
		}
		bought, allSpent, allBought := make([]float64, R), 0.0, 0.0
		for cell := range R * T {
			if p.HasRow(cell) {
				spent := p.Spend[cell*len(p.SpendNames)+column]
				out.spend[cell/T*M+c] += spent
				bought[cell/T] += exposure[cell*M+c]
				allSpent, allBought = allSpent+spent, allBought+exposure[cell*M+c]
			}
		}
		out.priced[c] = allSpent > 0
		for r := range R {
			price := &out.unit[r*M+c]
			switch {
			case bought[r] > 0:
				*price = out.spend[r*M+c] / bought[r]
			case allBought > 0:
				*price = allSpent / allBought
			}
			for t := range T {
				if cell := r*T + t; !p.HasRow(cell) {
					out.spend[r*M+c] += *price * exposure[cell*M+c]
				}
			}
		}
	}
	return out
}

// at is a channel's spend in a place.
func (p prices) at(place, c int) float64 {
	if place != national {
		return p.spend[(place-1)*p.channels+c]
	}
	total := 0.0
	for i := c; i < len(p.spend); i += p.channels {
		total += p.spend[i]
	}
	return total
}
