package panel

// ChannelKind says what a channel is to its planner.
type ChannelKind string

// The kinds of channels. All are nodes of the graph and sell.
const (
	Paid     ChannelKind = "paid"     // bought: its exposure costs money
	Organic  ChannelKind = "organic"  // made by the firm at no cost per exposure, such as newsletters
	Mediator ChannelKind = "mediator" // moved by the others, such as brand searches, awareness or visits: nobody buys it
)

// Kind is the kind of channel m.
func (p *Panel) Kind(m int) ChannelKind {
	if len(p.Kinds) == 0 {
		return Paid
	}
	return p.Kinds[m]
}

// IsTreatment reports whether control c is a treatment: something the firm sets, such as price or promotion, whose effect
// may have either sign.
func (p *Panel) IsTreatment(c int) bool { return len(p.Treatments) > 0 && p.Treatments[c] }

// IsClosed reports whether nothing could be sold in a cell, r·T + t.
func (p *Panel) IsClosed(cell int) bool { return len(p.Closed) > 0 && p.Closed[cell] }

// SpendColumn returns the column of Spend that pays for channel m, if there is one.
func (p *Panel) SpendColumn(m int) (column int, ok bool) {
	if len(p.SpendOf) == 0 || p.SpendOf[m] < 0 {
		return 0, false
	}
	return p.SpendOf[m], true
}
