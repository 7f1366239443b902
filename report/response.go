package report

import (
	"fmt"
	"math"
	"sort"

	"deepcausalmmm/train/model"
)

// response is the section on how channels carry over and saturate.
type response struct {
	Curves, CarryOver []*chart
	Rows              []responseRow
	Ranged            bool // effects have intervals
}

// responseRow is a row of the table of responses.
type responseRow struct {
	model.Response
	Name       string  // the channel's, with its mark
	AtMedian   float64 // what the median exposure adds, as a share of an average week
	Low, High  float64 // of AtMedian; NaN without intervals
	HalfAsMuch float64 // what half as much exposure again adds to that, relative to it; NaN if the median adds nothing
	AtOnce     float64 // the part of an effect that comes in the same week
}

// curveSteps is the least number of labelled steps of a curve's axis, each of stepPoints points.
const curveSteps, stepPoints = 5, 5

func (d *drawing) response() response {
	var out response
	media := d.ofKind(model.Media)
	lags := 0 // the same on all axes
	for _, r := range d.Responses {
		lags = max(lags, len(r.CarryOver))
	}
	for k, r := range d.Responses {
		i := media[k]
		out.Curves = append(out.Curves, d.curve(k, d.long[i], d.looks[i], r))
		out.CarryOver = append(out.CarryOver, d.carryOver(k, d.long[i], d.looks[i], r, lags))
		row := responseRow{Response: r, Name: d.full(i), AtMedian: effectAt(r.Curve, r.Exposure.Median), Low: nan, High: nan, HalfAsMuch: nan, AtOnce: r.CarryOver[0]}
		if more := effectAt(r.Curve, 1.5*r.Exposure.Median); row.AtMedian != 0 {
			row.HalfAsMuch = more/row.AtMedian - 1
		}
		if r.Curve[0].Low != nil {
			row.Low, row.High, out.Ranged = along(r.Curve, r.Exposure.Median, lowOf), along(r.Curve, r.Exposure.Median, highOf), true
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

func effectOf(p model.CurvePoint) float64 { return p.Effect }
func lowOf(p model.CurvePoint) float64    { return *p.Low }
func highOf(p model.CurvePoint) float64   { return *p.High }

// effectAt is the effect of an exposure.
func effectAt(curve []model.CurvePoint, x float64) float64 { return along(curve, x, effectOf) }

// along interpolates a curve at an exposure, within its ends.
func along(curve []model.CurvePoint, x float64, of func(model.CurvePoint) float64) float64 {
	i := sort.Search(len(curve)-1, func(i int) bool { return curve[i].Exposure >= x })
	if i == 0 {
		i = 1
	}
	from, to := curve[i-1], curve[i]
	part := min(max((x-from.Exposure)/(to.Exposure-from.Exposure), 0), 1)
	return (1-part)*of(from) + part*of(to)
}

// curve draws what a channel's exposure sells, with its interval, from no exposure to beyond the greatest.
func (d *drawing) curve(k int, name, look string, r model.Response) *chart {
	last := r.Curve[len(r.Curve)-1].Exposure
	step := niceStep(last / (2 * curveSteps))
	n := stepPoints * int(last/step)
	position := func(exposure float64) int { return min(n, int(math.Round(exposure/step*stepPoints))) }
	c := &chart{
		ID: fmt.Sprintf("curve-%d", k), Title: name, Size: small, Height: smallHeight, XName: "exposure", Zero: true,
		Caption: fmt.Sprintf("Run between %s and %s, mostly near %s.", quantity(r.Exposure.P5), quantity(r.Exposure.P95), quantity(r.Exposure.Median)),
		Shade:   &shade{From: position(r.Exposure.P5), To: position(r.Exposure.P95), Name: "where it is run"},
	}
	if r.HalfSaturation != nil && r.Slope != nil {
		c.Caption += fmt.Sprintf(" Half saturated at %s, slope %s.", quantity(*r.HalfSaturation), fixed(*r.Slope, 2))
	}
	values := func(of func(model.CurvePoint) float64) []float64 {
		values := make([]float64, n+1)
		for i := range values {
			values[i] = 100 * along(r.Curve, step*float64(i)/stepPoints, of)
		}
		return values
	}
	for i := range n + 1 {
		c.X = append(c.X, compact(toDigits(step*float64(i)/stepPoints, 3)))
	}
	effect := newSeries("% of an average "+d.noun(), look, values(effectOf))
	if r.Curve[0].Low != nil {
		effect.Band = newBand(values(lowOf), values(highOf))
	}
	c.Series = []series{effect}
	return c
}

// carryOver draws when the effect of an exposure comes, over a number of lags.
func (d *drawing) carryOver(k int, name, look string, r model.Response, lags int) *chart {
	every := d.Details.Report.Resolution
	c := &chart{
		ID: fmt.Sprintf("carry-over-%d", k), Title: name, Size: small, Height: smallHeight, XName: d.noun(), Zero: true, Upright: true,
		Caption: fmt.Sprintf("%s comes in the same %s; on average it comes %s %s later.", percent(r.CarryOver[0]), every.Noun(1),
			fixed(r.MeanLag, 1), every.Noun(2)),
	}
	values := make([]float64, lags)
	for i := range values {
		values[i] = nan
		if i < len(r.CarryOver) {
			values[i] = 100 * r.CarryOver[i]
		}
		c.X = append(c.X, fmt.Sprint(i))
	}
	c.Series = []series{newSeries("% of the effect", look, values)}
	return c
}

// coefficients draws each coefficient over the weeks with its quartiles over the regions, channels by contribution,
// then controls.
func (d *drawing) coefficients() []*chart {
	at := map[string]int{}
	for i, p := range d.Coefficients {
		at[p.Component] = i
	}
	var out []*chart
	for _, i := range append(d.ranked(), d.ofKind(model.Control)...) {
		k, ok := at[d.Details.Components[i].Name]
		if !ok || len(d.Coefficients[k].Median) == 0 {
			continue
		}
		p := d.Coefficients[k]
		s := newSeries("median", d.looks[i], p.Median)
		s.Band = newBand(p.Low, p.High)
		out = append(out, d.overWeeks(&chart{
			ID: fmt.Sprintf("coefficient-%d", k), Title: d.long[i], Size: small, Height: smallHeight,
			Series: []series{s},
			Caption: fmt.Sprintf("From %s in the first %s to %s in the last.", quantity(p.Median[0]), d.noun(),
				quantity(p.Median[len(p.Median)-1])),
		}))
	}
	return out
}
