package neural

import (
	"slices"

	"gonum.org/v1/gonum/floats"

	"deepcausalmmm/panel"
)

// scaling holds the statistics of the training weeks that scale any weeks for the model. Predictions times TargetMean are in
// KPI units. It is saved with the model.
type scaling struct {
	TargetMean    []float64 `json:"target_mean"`    // [R], > 0, in KPI units
	ControlMedian []float64 `json:"control_median"` // [C], over regions and weeks; the lower of the middle two
	ControlIQR    []float64 `json:"control_iqr"`    // [C], interquartile range over regions and weeks
}

// fitScaling computes the scaling from the weeks of train only. A region whose target has no positive mean there is a
// *panel.TargetMeanError.
func fitScaling(p *panel.Panel, train panel.Span) (s scaling, err error) {
	if s.TargetMean, err = p.TargetMeans(train); err != nil {
		return scaling{}, err
	}
	controls := panel.Cut(p, p.Control, len(p.Controls), train)
	for c := range p.Controls {
		z := column(controls, len(p.Controls), c)
		slices.Sort(z)
		s.ControlMedian = append(s.ControlMedian, lowerMedian(z))
		s.ControlIQR = append(s.ControlIQR, panel.Quantile(z, 0.75)-panel.Quantile(z, 0.25))
	}
	return s, nil
}

const (
	offAir    = 1e-8  // a row whose media total is not larger gets equal shares
	iqrToSD   = 1.349 // interquartile range of a standard normal
	minScale  = 1e-8  // avoids division by an interquartile range of 0
	wideClip  = 5.0
	tightClip = 3.5
	stretched = 2.0 // std(scaled)/std(raw) above which tightClip applies
)

// scaleMedia divides rows x, [rows, M], by their totals. A row off air gets equal shares.
func scaleMedia(x []float64, M int) []float64 {
	shares := slices.Clone(x)
	for row := range slices.Chunk(shares, M) {
		if total := floats.Sum(row); total > offAir {
			for m := range row {
				row[m] /= total
			}
			continue
		}
		for m := range row {
			row[m] = 1 / float64(M)
		}
	}
	return shares
}

// scaleControls maps raw rows z, [rows, C], to (z − median)/(1.349·IQR + 1e-8), clipped.
//
// Two properties of the Python original are kept for comparability: it multiplies by 1.349 where a robust z-score divides,
// and it clips at ±3.5 or ±5 depending on the rows being scaled, all controls pooled, so that the training window and the
// holdout can be clipped differently.
func (s scaling) scaleControls(z []float64) []float64 {
	C := len(s.ControlMedian)
	scaled := make([]float64, len(z))
	for i := range z {
		c := i % C
		scaled[i] = (z[i] - s.ControlMedian[c]) / (iqrToSD*s.ControlIQR[c] + minScale)
	}
	clip := wideClip
	if stdDev(scaled)/stdDev(z) > stretched {
		clip = tightClip
	}
	for i := range scaled {
		scaled[i] = min(max(scaled[i], -clip), clip)
	}
	return scaled
}
