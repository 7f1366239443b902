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
	Errors  *bars // of model and naive forecasts on the holdout; nil without one
	Figures []figuresRow
}

// figuresRow is a row of the table of figures.
type figuresRow struct {
	Name, On string
	F        train.Figures
	Best     bool // the least wMAPE on the holdout
}

func (d *drawing) fit() fit {
	f := fit{
		Total: &chart{
			ID: "fit-total", Title: "Actual and predicted", Width: wideWidth, Height: wideHeight, X: d.Details.Weeks,
			XName: "week", Zero: true, Shade: d.holdout(), Chooser: d.Details.Regions,
			Caption: fmt.Sprintf("Weekly %s, over all regions or in one of them.", d.target()),
			Series: []series{
				newSeries("actual", "actual", d.overRegions(d.stoodIn())),
				newSeries("predicted", "predicted", d.overRegions(d.Predicted)),
			},
		},
		Scatter: newScatter(d.Run),
	}
	if s := d.Details.Structural; s != nil && s.Ensemble > 0 {
		predicted := &f.Total.Series[1]
		predicted.Low, predicted.High = roundedAll(s.TotalLow), roundedAll(s.TotalHigh)
		f.Total.Caption += " The band holds what is observed with a probability of 80 %."
	}
	if d.held() > 0 {
		f.Total.Caption += " The model has not seen the shaded weeks."
	}
	if _, held := d.filledCounts(); held > 0 && d.Details.Structural == nil {
		f.Total.Caption += " The total counts the values that were filled in; a region's own line leaves them out."
	}
	f.Figures = append(f.Figures, figuresRow{Name: "model", On: "weeks fitted to", F: d.Metrics.Train})
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

// stoodIn is what was sold, and the prediction where that was not recorded and nothing else stands in: sums over regions
// would dive otherwise.
func (d *drawing) stoodIn() []float64 {
	sold := slices.Clone(d.Actual)
	for i, y := range sold {
		if math.IsNaN(y) {
			sold[i] = d.Predicted[i]
		}
	}
	return sold
}

func (b *bars) add(label, name, look string, f *train.Figures) {
	if f != nil && !math.IsNaN(f.WMAPE) {
		b.Rows = append(b.Rows, bar{Label: label, Full: name, Look: look, To: f.WMAPE, Text: percent(f.WMAPE)})
	}
}
