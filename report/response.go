package report

import (
	"fmt"
	"math"

	"deepcausalmmm/layers"
	"deepcausalmmm/train/model"
)

// response is the section on how channels saturate and carry over.
type response struct {
	Curves, Decays []*chart
	Rows           []responseRow
}

// responseRow is a row of the table of responses.
type responseRow struct {
	model.Response
	HalfLife  float64 // weeks until half of an exposure's carry-over is gone
	Saturated float64 // at the median exposure
}

const (
	curvePoints = 50 // between the curve's ends
	decayWeeks  = 12
)

func (d *drawing) response() response {
	var out response
	media := d.ofKind(model.Media)
	for k, r := range d.Responses {
		i := media[k]
		out.Curves = append(out.Curves, d.curve(k, d.long[i], d.looks[i], r))
		out.Decays = append(out.Decays, d.decay(k, d.long[i], d.looks[i], r))
		out.Rows = append(out.Rows, responseRow{
			r, math.Log(0.5) / math.Log(r.Decay), layers.Saturation(r.Exposure.Median, r.Slope, r.HalfSaturation),
		})
	}
	return out
}

// curve draws a channel's saturation, from no exposure to beyond the usual one and half saturation.
func (d *drawing) curve(k int, name, look string, r model.Response) *chart {
	step := niceStep(max(1.5*r.HalfSaturation, 1.1*r.Exposure.P95) / 5)
	at := func(i int) float64 { return 5 * step * float64(i) / curvePoints }
	position := func(exposure float64) float64 { return exposure / (5 * step) * curvePoints }
	c := &chart{
		ID: fmt.Sprintf("curve-%d", k), Title: name, Size: small, Height: smallHeight, XName: "exposure",
		Zero: true,
		Caption: fmt.Sprintf("Half saturated at %s, slope %s; run between %s and %s, mostly near %s.",
			quantity(r.HalfSaturation), fixed(r.Slope, 2), quantity(r.Exposure.P5), quantity(r.Exposure.P95),
			quantity(r.Exposure.Median)),
		Shade: &shade{
			From: int(math.Round(position(r.Exposure.P5))), To: int(math.Round(position(r.Exposure.P95))), Name: "where it is run",
		},
	}
	values := make([]float64, curvePoints+1)
	for i := range values {
		values[i] = 100 * layers.Saturation(at(i), r.Slope, r.HalfSaturation)
		c.X = append(c.X, compact(toDigits(at(i), 3)))
	}
	c.Series = []series{newSeries("% of the greatest effect", look, values)}
	return c
}

// decay draws the part of a week's exposure that is left in the weeks after it.
func (d *drawing) decay(k int, name, look string, r model.Response) *chart {
	c := &chart{
		ID: fmt.Sprintf("decay-%d", k), Title: name, Size: small, Height: smallHeight, XName: d.noun(),
		Zero:    true,
		Caption: fmt.Sprintf("%s of a %s's exposure is left in the next.", percent(r.Decay), d.noun()),
	}
	values := make([]float64, decayWeeks+1)
	for i := range values {
		values[i] = 100 * math.Pow(r.Decay, float64(i))
		c.X = append(c.X, fmt.Sprint(i))
	}
	c.Series = []series{newSeries("% left", look, values)}
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
