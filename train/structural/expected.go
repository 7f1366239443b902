package structural

import (
	"slices"

	"gonum.org/v1/gonum/floats"

	"deepcausalmmm/panel"
	"deepcausalmmm/panel/naming"
)

// leastExpected is the least part of the average channel's effect that is expected of a channel, however little is spent on it.
const leastExpected = 0.1

// expectedShares are the parts [M] of all media's effect that the channels are expected to have, before their sales are seen: channels
// with known spend in proportion to it, since equal returns are the best guess where budgets were planned (Jin et al. 2017 argue for
// priors of returns), the others an equal part each.
func expectedShares(p *panel.Panel, train int) []float64 {
	M := len(p.Channels)
	spend := make([]float64, M)
	priced, total := 0, 0.0
	for m := range spend {
		if x, ok := spendOf(p, m, train); ok {
			spend[m] = x
			priced++
			total += x
		}
	}
	shares := slices.Repeat([]float64{1 / float64(M)}, M)
	if total == 0 {
		return shares
	}
	for m, x := range spend {
		if _, ok := spendOf(p, m, train); ok {
			shares[m] = max(x/total*float64(priced), leastExpected) / float64(M)
		}
	}
	floats.Scale(1/floats.Sum(shares), shares)
	return shares
}

// spendOf is what a channel cost in the training rows: the sum of its column of spend, or of its own if that is named as money.
func spendOf(p *panel.Panel, m, train int) (total float64, known bool) {
	x, width, column := p.Media, len(p.Channels), m
	if c, paired := p.SpendColumn(m); paired {
		x, width, column = p.Spend, len(p.SpendNames), c
	} else if !slices.ContainsFunc(naming.Words(p.Channels[m]), func(word string) bool { return naming.Money[word] }) {
		return 0, false
	}
	return sum(x, width, column, len(p.Weeks), panel.Span{To: train}), true
}
