package train

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"deepcausalmmm/internal/suggest"
	"deepcausalmmm/panel"
)

// price sets the money per unit of exposure: what was paid in the reference period by its exposure, in the region, or else over
// all regions, or else over all the training's rows. Channels whose price is given have that in all regions.
func (s *Saved) price(h *Horizon, given map[string]float64) error {
	p := s.Panel
	R, M := len(p.Regions), len(p.Channels)
	h.Price = make([]float64, R*M)
	if err := checkPrices(p, given); err != nil {
		return err
	}
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
		return errors.New("its training had no spend, which a plan needs (name the columns under data.spend and train again, or give prices in the " +
			"constraints)")
	}
	if unpaid != nil {
		h.Notes = append(h.Notes, fmt.Sprintf("no spend is known of %s: the plan leaves it as it was, and what follows of it counts as free (name its column "+
			"under data.spend and train again, or give its price)", strings.Join(unpaid, ", ")))
	}
	return nil
}

// checkPrices refuses prices of what is not bought.
func checkPrices(p *panel.Panel, given map[string]float64) error {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		m := slices.Index(p.Channels, name)
		switch {
		case m < 0:
			return unknownChannel(p, name)
		case p.Kind(m) != panel.Paid:
			return fmt.Errorf("%s is %s and costs nothing (leave its price out)", name, p.Kind(m))
		case !(given[name] > 0):
			return fmt.Errorf("%g is no price of a unit of %s: write a number above 0", given[name], name)
		}
	}
	return nil
}

// unknownChannel says which channels there are.
func unknownChannel(p *panel.Panel, name string) error {
	if meant := suggest.Nearest(name, p.Channels); meant != "" {
		return fmt.Errorf("the model has no channel %q; did you mean %s?", name, meant)
	}
	return fmt.Errorf("the model has no channel %q (it has %s)", name, strings.Join(p.Channels, ", "))
}

// priceOf sets the prices of channel m, which has a column of spend, and reports whether it was ever paid for.
func (s *Saved) priceOf(h *Horizon, m int) bool {
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
