package train

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"deepcausalmmm/panel"
)

// price sets the money per unit of exposure: what was paid in the reference period by its exposure, in the region, or else over
// all regions, or else over all the training's rows. Channels whose price is given have that in all regions.
func (s *Saved) price(h *horizon, given map[string]float64) error {
	p := s.Panel
	R, M := len(p.Regions), len(p.Channels)
	h.Price = make([]float64, R*M)
	var unpaid []string
	for m, name := range p.Channels {
		if price, ok := given[name]; ok {
			for r := range R {
				h.Price[r*M+m] = price
			}
			continue
		}
		if p.Kind(m) != panel.Paid {
			continue
		}
		if _, ok := p.SpendColumn(m); !ok || !s.priceOf(h, m) {
			unpaid = append(unpaid, name)
		}
	}
	if !slices.ContainsFunc(h.Price, func(x float64) bool { return x > 0 }) {
		return errors.New("the model's training had no spend, which a plan needs (name the columns under data.spend and train again, or give prices in the " +
			"constraints)")
	}
	if unpaid != nil {
		h.Notes = append(h.Notes, fmt.Sprintf("no spend is known of %s: the plan leaves it as it was, and what follows of it counts as free (name its column "+
			"under data.spend and train again, or give its price)", strings.Join(unpaid, ", ")))
	}
	return nil
}

// priceOf sets the prices of channel m, which has a column of spend, and reports whether it was ever paid for.
func (s *Saved) priceOf(h *horizon, m int) bool {
	R, M := len(s.Panel.Regions), len(s.Panel.Channels)
	all := panel.Span{From: 0, To: len(s.Panel.Weeks)}
	overall := func(span panel.Span) float64 {
		spend, exposure := 0.0, 0.0
		for r := range R {
			paid, bought := s.paid(r, m, span)
			spend, exposure = spend+paid, exposure+bought
		}
		return ratio(spend, exposure)
	}
	otherwise := overall(h.Reference)
	if otherwise == 0 {
		if otherwise = overall(all); otherwise > 0 {
			h.Notes = append(h.Notes, fmt.Sprintf("%s was off in the reference period: its price is that of all the training's %s", s.Panel.Channels[m],
				s.Panel.Resolution.RowNoun(2)))
		}
	}
	for r := range R {
		price := ratio(s.paid(r, m, h.Reference))
		if price == 0 {
			price = otherwise
		}
		h.Price[r*M+m] = price
	}
	return otherwise > 0
}

// paid is what was paid for channel m in a region, and its exposure.
func (s *Saved) paid(r, m int, span panel.Span) (spend, exposure float64) {
	T, M, S := len(s.Panel.Weeks), len(s.Panel.Channels), len(s.Panel.SpendNames)
	column, _ := s.Panel.SpendColumn(m)
	for t := span.From; t < span.To; t++ {
		spend += s.Panel.Spend[(r*T+t)*S+column]
		exposure += s.Panel.Media[(r*T+t)*M+m]
	}
	return spend, exposure
}

// ratio is 0 where nothing was bought or paid.
func ratio(spend, exposure float64) float64 {
	if !(spend > 0 && exposure > 0) {
		return 0
	}
	return spend / exposure
}

// buys reports whether a plan can buy channel m: it is paid for, and its price is known.
func (h *horizon) buys(m int) bool { return h.Panel.Kind(m) == panel.Paid && h.Price[m] > 0 }

// spend is the status quo's, of each channel by region and week of the horizon, [R, H, M].
func (h *horizon) spend() []float64 {
	R, T, M := len(h.Panel.Regions), len(h.Panel.Weeks), len(h.Panel.Channels)
	cells := make([]float64, 0, R*h.Span.Len()*M)
	for r := range R {
		for t := h.Span.From; t < h.Span.To; t++ {
			for m := range M {
				cells = append(cells, h.Price[r*M+m]*h.Panel.Media[(r*T+t)*M+m])
			}
		}
	}
	return cells
}
