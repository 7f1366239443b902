package report

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/interp"

	"deepcausalmmm/train/model"
	"deepcausalmmm/train/money"
)

// lineOf is a channel's response along an axis: spend, or the multiple of what was run for channels whose spend is not known.
type lineOf struct {
	money.Response
	at          []float64 // of each point on the axis
	today, seen float64
}

// alongSpend places a response on an axis of spend or of multiples.
func (d *drawing) alongSpend(k int, spend bool) lineOf {
	l := lineOf{Response: d.Money.Responses[k], today: 1}
	l.seen = l.Seen
	for _, p := range l.Points {
		at := p.Multiple
		if spend {
			at = p.Spend
			if p.Multiple == 1 {
				l.today = p.Spend
			}
		}
		l.at = append(l.at, at)
	}
	if spend {
		first, last := l.Points[0], l.Points[len(l.Points)-1]
		l.seen = first.Spend + (last.Spend-first.Spend)*(l.Seen-first.Multiple)/(last.Multiple-first.Multiple)
	}
	return l
}

// values are figures of the response at places of the axis, NaN outside of what was evaluated.
func (l lineOf) values(places []float64, of func(money.Point) float64) []float64 {
	y := make([]float64, len(l.at))
	for i, p := range l.Points {
		y[i] = of(p)
	}
	var curve interp.FritschButland // keeps what rises from falling between points
	if err := curve.Fit(l.at, y); err != nil {
		panic(err) // the places ascend
	}
	out := make([]float64, len(places))
	for i, x := range places {
		if out[i] = curve.Predict(x); x < l.at[0]-1e-9*l.today || x > l.at[len(l.at)-1]+1e-9*l.today {
			out[i] = nan
		}
	}
	return out
}

// series is the line with its band, dashed beyond what was seen, with a dot where the channel is run.
func (l lineOf) series(name, look string, places []float64, of func(money.Point) money.Figure) series {
	part := func(side func(money.Figure) float64) []float64 {
		return l.values(places, func(p money.Point) float64 { return side(of(p)) })
	}
	s := newSeries(name, look, part(func(f money.Figure) float64 { return f.Value }))
	s.Band = newBand(part(func(f money.Figure) float64 { return f.Low }), part(func(f money.Figure) float64 { return f.High }))
	step := places[1] - places[0]
	s.Beyond = max(0, int(math.Floor(l.seen/step)))
	now := l.values([]float64{l.today}, func(p money.Point) float64 { return of(p).Value })
	s.Dot = &spot{At: l.today / step, Value: now[0]}
	return s
}

// axisOf are places from 0 to at least an end, with points in each labelled step, and their labels.
func axisOf(end float64, points int) (places []float64, labels []string) {
	step := niceStep(end / (2 * curveSteps))
	for i := range points*int(math.Ceil(end/step-1e-9)) + 1 {
		at := step * float64(i) / float64(points)
		places, labels = append(places, at), append(labels, compact(toDigits(at, 3)))
	}
	return places, labels
}

// finePoints are the points in each step of an axis on which small channels lie beside large ones; compared is the multiple of what
// the largest spends at which it ends.
const finePoints, compared = 20, 1.5

func totalValue(p money.Point) money.Figure { return p.TotalValue }

// responses draws what each channel sells at more and less spend, on one chart and each by itself, with bands.
func (d *drawing) responses() (compare *chart, curves []*chart) {
	media, priced := d.ofKind(model.Media), d.Money.Priced()
	var shown []int
	end := 0.0
	for _, k := range d.byReturn() {
		c, r := d.Money.Channels[k], d.Money.Responses[k]
		if !(r.Points[len(r.Points)-1].Spend > r.Points[0].Spend) && c.Priced || r.Seen == 0 {
			continue // it was never on, or others bring all of it
		}
		curves = append(curves, d.responseOf(k))
		if c.Priced || !priced {
			l := d.alongSpend(k, c.Priced)
			shown = append(shown, k)
			if last := l.at[len(l.at)-1]; priced {
				end = max(end, min(last, compared*l.today))
			} else {
				end = max(end, last)
			}
		}
	}
	if len(shown) < 2 {
		return nil, curves
	}
	places, labels := axisOf(end, finePoints)
	compare = &chart{
		ID: "response-money", Title: "What each channel sells, side by side", Size: full, Height: 380, X: labels, XName: "spend", Zero: true, Soft: true,
		Caption: fmt.Sprintf("Across: spend on the channel over all %s; up: %s that would be lost without it, what it moves in other channels "+
			"included. The dot is where it was run, and the line is dashed beyond exposure that was seen.", d.Details.Report.Resolution.Noun(2), d.unitOfValue()),
	}
	if !priced {
		compare.XName = "multiple"
		compare.Caption = fmt.Sprintf("Across: multiples of each channel's exposure; up: %s that would be lost without it, what it moves in other channels "+
			"included. It was run at 1, and the line is dashed beyond exposure that was seen.", d.unitOfValue())
	}
	for _, k := range shown {
		i := media[k]
		compare.Series = append(compare.Series, d.alongSpend(k, priced).series(d.short[i], d.looks[i], places, totalValue))
	}
	return compare, curves
}

// responseOf draws one channel's response: in total with its band, and by itself.
func (d *drawing) responseOf(k int) *chart {
	i, c := d.ofKind(model.Media)[k], d.Money.Channels[k]
	l := d.alongSpend(k, c.Priced)
	places, labels := axisOf(l.at[len(l.at)-1], stepPoints)
	out := &chart{
		ID: fmt.Sprintf("response-money-%d", k), Title: d.long[i], Size: small, Height: smallHeight, X: labels, XName: "spend", Zero: true,
		Series: []series{l.series("in total", d.looks[i], places, totalValue)},
	}
	step := places[1] - places[0]
	if from, to := int(math.Ceil(l.at[0]/step)), min(int(l.seen/step), len(places)-1); to > from {
		out.Shade = &shade{From: from, To: to, Name: "seen"}
	}
	if c.Priced {
		out.Caption = fmt.Sprintf("%s for a spend of %s.", compactly(c.TotalValue.Value), compactly(c.Spend))
		if c.Marginal.Exists() {
			out.Caption += fmt.Sprintf(" The next unit returns %s.", figure(c.Marginal.Value))
		}
	} else {
		out.XName = "multiple"
		out.Caption = fmt.Sprintf("%s at what was run, 1; its spend is not known.", compactly(c.TotalValue.Value))
	}
	if c.Total.Value != c.Direct.Value {
		out.Series = append(out.Series, newSeries("by itself", "itself", l.values(places, func(p money.Point) float64 { return p.DirectValue.Value })))
	}
	return out
}
