package money

import (
	"slices"

	"gonum.org/v1/gonum/floats"

	"deepcausalmmm/panel"
)

// Response is what a channel's lever sells, all else as it was.
type Response struct {
	Channel string  `json:"channel"`
	Seen    float64 `json:"seen"`   // the largest multiple whose exposure was seen: of nine of ten weeks on air
	Points  []Point `json:"points"` // at each of Multiples
}

// Point is a channel's response at a multiple of its lever, compared with the channel off.
type Point struct {
	Multiple    float64 `json:"multiple"`
	Spend       float64 `json:"spend"` // on the channel; 0 if it has no price
	Moved       float64 `json:"moved"` // spend in other channels that follows
	Direct      Figure  `json:"direct"`
	Total       Figure  `json:"total"`
	DirectValue Figure  `json:"direct_value"`
	TotalValue  Figure  `json:"total_value"`
	Marginal    Figure  `json:"marginal_roi"` // of the next 1 % of the lever
}

// rounding is the part of a spend below which a difference is an error of rounding.
const rounding = 1e-9

// response is the channel's response over the nation, which at 1 is its account.
func (e *entry) response(a Channel) Response {
	out := Response{Channel: a.Channel, Seen: e.seen()}
	now := e.mean(national, today).spend
	idle := a.Spend - now // that bought nothing
	if idle < rounding*a.Spend {
		idle = 0
	}
	for at, f := range Multiples {
		point := e.point(national, at)
		p := Point{
			Multiple: f, Spend: idle + (a.Spend-idle)*ratio(point.spend, now), Moved: point.moved,
			Direct:      e.onDirect.around(point.direct, e.each(national, at, directOf)),
			DirectValue: e.onDirect.around(point.directValue, e.each(national, at, directValueOf)),
			Total:       e.onAll.around(totalOf(point), e.each(national, at, totalOf)),
			TotalValue:  e.onAll.around(totalValueOf(point), e.each(national, at, totalValueOf)),
			Marginal:    e.marginal(national, at, point, e.point(national, at+after)),
		}
		if at == today {
			p.Direct, p.Total, p.DirectValue, p.TotalValue, p.Marginal = a.Direct, a.Total, a.DirectValue, a.TotalValue, a.Marginal
		}
		out.Points = append(out.Points, p)
	}
	return out
}

// seenWeeks is the part of the weeks on air whose exposure must have been seen.
const seenWeeks = 0.9

// seen is the largest multiple at which the exposure of nine of ten weeks on air is at most that of the region's largest week: the
// mean over the regions, weighted by exposure. What parents bring of it remains as it is. A channel that was never on has seen 0.
func (e *entry) seen() float64 {
	T, M := len(e.Panel.Weeks), len(e.Panel.Channels)
	largest, exposed := 0.0, 0.0
	for r := range e.Panel.Regions {
		var on []float64
		for cell := r * T; cell < (r+1)*T; cell++ {
			if x := e.exposure[cell*M+e.channel] - e.origin(e.channel); x > 0 && e.Panel.HasRow(cell) {
				on = append(on, x)
			}
		}
		if len(on) > 0 {
			slices.Sort(on)
			exposed += floats.Sum(on)
			largest += floats.Sum(on) * on[len(on)-1] / panel.Quantile(on, seenWeeks)
		}
	}
	own := e.mean(national, today).exposure - e.mean(national, 0).exposure
	if own <= 0 {
		return 0
	}
	return 1 + (largest-exposed)/own
}
