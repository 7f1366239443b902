package money

// Response is what a channel's lever sells, all else as it was.
type Response struct {
	Channel string  `json:"channel"`
	Seen    float64 `json:"seen"`   // the largest multiple whose exposure was seen: there an average week on air is a region's largest
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

// seen is the largest multiple at which the mean exposure of a region's weeks on air is no larger than that of its largest week: the
// mean over the regions, weighted by exposure. What parents bring of it remains as it is. A channel that was never on has seen 0.
func (e *entry) seen() float64 {
	T, M := len(e.Panel.Weeks), len(e.Panel.Channels)
	relative, exposed := 0.0, 0.0
	for r := range e.Panel.Regions {
		largest, sum, on := 0.0, 0.0, 0.0
		for t := range T {
			cell := r*T + t
			if x := e.exposure[cell*M+e.channel] - e.origin(e.channel); x > 0 && e.Panel.HasRow(cell) {
				largest, sum, on = max(largest, x), sum+x, on+1
			}
		}
		if on > 0 {
			relative += sum * largest / (sum / on)
			exposed += sum
		}
	}
	own := e.mean(national, today).exposure - e.mean(national, 0).exposure
	if own <= 0 {
		return 0
	}
	return 1 + (relative-exposed)/own
}
