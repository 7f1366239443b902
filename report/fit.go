package report

import (
	"fmt"
	"math"
	"slices"

	"deepcausalmmm/train"
)

// fit is the section on actual and predicted values.
type fit struct {
	Total   *chart
	Scatter *scatter
	Errors  *bars // of the model and naive forecasts in the holdout; nil without one
	Figures []figuresRow
}

// figuresRow is a row of the table of figures.
type figuresRow struct {
	Name, On string
	F        train.Figures
	Best     bool // has the least wMAPE in the holdout
}

func (d *drawing) fit() fit {
	f := fit{
		Total: d.overWeeks(&chart{
			ID: "fit-total", Title: "Actual and predicted", Size: full, Height: fullHeight, Zero: true,
			Caption: fmt.Sprintf("%s %s, over all regions or in one of them.", d.often(), d.target()),
			Series:  actualAndPredicted(d.overRegions(d.standIns()), d.overRegions(d.predicted)),
			Choices: d.byRegion(),
		}),
		Scatter: d.scatter(),
	}
	if s := d.Inference; s != nil && s.TotalLow != nil {
		f.Total.Series[1].Band = newBand(s.TotalLow, s.TotalHigh)
		f.Total.Caption += " The band covers observations with a probability of 80 %."
	}
	if d.held() > 0 {
		f.Total.Caption += " The model has not seen the shaded " + d.Details.Report.Resolution.Noun(2) + "."
	}
	if _, held := d.filledCounts(); held > 0 {
		f.Total.Caption += " The total counts the values that were filled in; a region's own line leaves them out."
	}
	f.Figures = append(f.Figures, figuresRow{Name: "model", On: d.Details.Report.Resolution.Noun(2) + " fitted to", F: d.Metrics.Train})
	if d.Metrics.Holdout == nil {
		return f
	}
	f.Figures = append(f.Figures, figuresRow{Name: "model", On: "holdout", F: *d.Metrics.Holdout})
	for _, b := range d.baselines() {
		if b.figures != nil {
			f.Figures = append(f.Figures, figuresRow{Name: "naive: " + b.name, On: "holdout", F: *b.figures})
		}
	}
	best := 1
	for i := range f.Figures[1:] {
		if f.Figures[i+1].F.WMAPE < f.Figures[best].F.WMAPE {
			best = i + 1
		}
	}
	f.Figures[best].Best = true
	f.Errors = &bars{
		ID: "fit-errors", Title: "Error in the holdout",
		Caption: "wMAPE of the model and of forecasts that need none. Shorter is better.",
	}
	f.Errors.add("model", "the model", "c0", d.Metrics.Holdout)
	for _, b := range d.baselines() {
		f.Errors.add(b.label, b.name, "baseline", b.figures)
	}
	return f
}

func actualAndPredicted(actual, predicted []float64) []series {
	return []series{newSeries("actual", "actual", actual), newSeries("predicted", "predicted", predicted)}
}

// standIns are the actual values, with the prediction for those that are not known: sums over regions would drop
// otherwise.
func (d *drawing) standIns() []float64 {
	values := slices.Clone(d.actual)
	for i, y := range values {
		if math.IsNaN(y) {
			values[i] = d.predicted[i]
		}
	}
	return values
}

// byRegion are the lines of each region, without values that were filled in.
func (d *drawing) byRegion() []choice {
	recorded := slices.Clone(d.actual)
	for i, filled := range d.filledIn() {
		if filled {
			recorded[i] = nan
		}
	}
	var low, high []float64
	for _, i := range d.Intervals {
		low, high = append(low, i.Low), append(high, i.High)
	}
	var regions []choice
	for r, name := range d.Details.Regions {
		lines := actualAndPredicted(d.inRegion(recorded, r), d.inRegion(d.predicted, r))
		if d.Intervals != nil {
			lines[1].Band = newBand(d.inRegion(low, r), d.inRegion(high, r))
		}
		regions = append(regions, choice{name, lines})
	}
	return regions
}

func (b *bars) add(label, name, look string, f *train.Figures) {
	if f != nil && !math.IsNaN(f.WMAPE) {
		b.Rows = append(b.Rows, bar{Label: label, Full: name, Look: look, To: f.WMAPE, Text: percent(f.WMAPE)})
	}
}
