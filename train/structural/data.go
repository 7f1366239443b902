// Package structural is the recommended marketing-mix model: a moving baseline, saturating effects of relative exposure,
// the channel graph with its structural equations, and interventions that propagate along them. It is one
// expression graph, fitted by L-BFGS to convergence. Start reading at Data, then Model, then Fit.
package structural

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"deepcausalmmm/panel"
)

// Scaling converts a panel's numbers to the model's. It is computed from the training weeks.
type Scaling struct {
	Media   []float64 `json:"media"`           // [R, M]: mean exposure, by which exposure is divided; 0 if a channel was never on
	Shift   []float64 `json:"shift,omitempty"` // [M]: where exposure is counted from, below 0 for a mediator with negative values; nil: 0
	Share   []float64 `json:"share"`           // [R, M]: the exposure of an average week in the units of the effects; nil: 1
	Target  []float64 `json:"target"`          // [R]: mean target
	Control []Control `json:"control"`         // [C]

	Expected []float64 `json:"expected,omitempty"` // [M]: part of media's effect that a channel is expected to have; nil: equal parts

	Holidays []string `json:"holidays,omitempty"` // that fall in the training weeks
}

// Control scales one control to its distance from the region's mean in standard deviations, after taking logarithms if Log.
type Control struct {
	Log  bool      `json:"log"`
	Mean []float64 `json:"mean"` // [R]
	SD   float64   `json:"sd"`
}

// MediaScaling is the unit of exposure in the effects. The structural equations always use multiples of the channels' means.
type MediaScaling string

const (
	Relative MediaScaling = "relative" // the region and channel's mean over the training weeks
	Share    MediaScaling = "share"    // the region's mean over all its channels: large channels have large exposures
)

// Data is a scaled panel, the input of the model. Slices are row-major.
type Data struct {
	Regions, Weeks, Channels, Controls int

	Media   []float64 // [R, T, M]: relative exposure
	Control []float64 // [R, T, C]
	Target  []float64 // [R, T]: relative to the region's mean
	Weight  []float64 // [R, T]: weight of a cell in the loss: 0 in the burn-in and the holdout, and where the target is not known
	Days    []float64 // [H, T]: indicators of the rows around holidays
	Known   []bool    // [R, T]: the target was recorded, and something could be sold
	Closed  []bool    // [R, T]: nothing could be sold; nil if there is no such cell
	Raw     []float64 // [R, T, C]: the controls in the table's units
	Clipped []int     // [M]: cells below the shift, which count as the shift
	Years   []float64 // [T]: time in years, for the season
	Every   panel.Resolution
	Train   int // number of training weeks
	From    int // number of the first week; the first training week is 0
	Ahead   int // number of weeks after the training that are forecast, given their exposure and controls
	Scaling Scaling

	blocks []blockAt // the blocks of a resample; nil otherwise
}

// clipControl bounds scaled controls: a value further out is probably an error or another regime.
const clipControl = 4

// NewData scales a panel by its first train weeks. Of these the burn-in, in weeks whatever the panel's resolution, has no
// weight: exposure from before the panel may still have effects there. Weeks after train + ahead are not used.
func NewData(p *panel.Panel, train, ahead, burnIn int, by MediaScaling) (*Data, error) {
	means, err := p.TargetMeans(panel.Span{From: 0, To: train})
	if err != nil {
		return nil, err
	}
	d := &Data{
		Regions: len(p.Regions), Weeks: len(p.Weeks), Channels: len(p.Channels), Controls: len(p.Controls),
		Years: p.Years(), Every: p.Resolution, Train: train, Ahead: ahead, Scaling: Scaling{Target: means},
	}
	scale := p.ExposureScale(train)
	d.Scaling.Media, d.Scaling.Shift, d.Scaling.Holidays = scale.Mean, scale.From, p.HolidayNames(panel.Span{To: train})
	d.Scaling.Expected = expectedShares(p, train)
	if by == Share {
		d.Scaling.Share = shares(d.Scaling.Media, len(p.Channels))
	}
	for c := range p.Controls {
		d.Scaling.Control = append(d.Scaling.Control, controlScale(p, c, train))
	}
	d.fill(p)
	counted, first := 0.0, uncounted(burnIn, train, p.Resolution)
	for r := range d.Regions {
		for t := first; t < train; t++ {
			if cell := r*d.Weeks + t; d.Known[cell] {
				d.Weight[cell] = 1
				counted++
			}
		}
	}
	if counted == 0 {
		return nil, fmt.Errorf("%s: no target of the training weeks is known", p.Report.File)
	}
	return d, nil
}

// Rescaled scales another panel of the same columns as the training panel, which had train weeks. The first week of p has
// the number from. All weights are 0.
func (s Scaling) Rescaled(p *panel.Panel, train, from int) *Data {
	d := &Data{
		Regions: len(p.Regions), Weeks: len(p.Weeks), Channels: len(p.Channels), Controls: len(p.Controls),
		Years: p.Years(), Every: p.Resolution, Train: train, From: from, Scaling: s,
	}
	d.fill(p)
	return d
}

func (d *Data) fill(p *panel.Panel) {
	R, T, C := d.Regions, d.Weeks, d.Controls
	d.Raw, d.Closed = p.Control, p.Closed
	if names := d.Scaling.Holidays; len(names) > 0 {
		d.Days, _ = p.HolidayRows(names)
	}
	d.Control = make([]float64, R*T*C)
	d.Media, d.Clipped = p.RelativeExposure(d.Scaling.exposure())
	d.Target, d.Weight, d.Known = make([]float64, R*T), make([]float64, R*T), make([]bool, R*T)
	for cell := range R * T {
		r := cell / T
		if len(p.Target) > 0 {
			d.Target[cell] = p.Target[cell] / d.Scaling.Target[r]
			d.Known[cell] = !p.Filled[cell] && !p.IsClosed(cell)
		}
		for c, s := range d.Scaling.Control {
			d.Control[cell*C+c] = s.of(r, p.Control[cell*C+c])
		}
	}
}

// unit is a region's average week in KPI units, by which the model's outputs in a cell are multiplied. It is 0 where nothing
// could be sold: neither media nor the season sold anything there.
func (d *Data) unit(cell int) float64 {
	if d.Closed != nil && d.Closed[cell] {
		return 0
	}
	return d.Scaling.Target[cell/d.Weeks]
}

// exposure is the scale of the exposures.
func (s Scaling) exposure() panel.ExposureScale {
	return panel.ExposureScale{Mean: s.Media, From: s.Shift}
}

// shifted lists sentences about the channels that are not counted from 0, of which clipped cells are lower.
func (s Scaling) shifted(channels []string, clipped []int) []string {
	var said []string
	for m, from := range s.Shift {
		if from == 0 {
			continue
		}
		text := fmt.Sprintf("Mediator %s has negative values: it is counted from %.6g, its lowest over the weeks fitted to.", channels[m], from)
		if clipped[m] > 0 {
			text += fmt.Sprintf(" Lower values, of which there are %d, count as this.", clipped[m])
		}
		said = append(said, text)
	}
	return said
}

// shares divides each mean by the mean of its region's M.
func shares(means []float64, M int) []float64 {
	shares := slices.Clone(means)
	for r := 0; r < len(shares); r += M {
		row := shares[r : r+M]
		if total := floats.Sum(row); total > 0 {
			floats.Scale(float64(M)/total, row)
		}
	}
	return shares
}

// controlScale returns the scaling of control c. A control that is positive and differs more between regions than within them
// grows with the region's size, and is scaled after taking logarithms.
func controlScale(p *panel.Panel, c, train int) Control {
	R, T, C := len(p.Regions), len(p.Weeks), len(p.Controls)
	values, rows := make([][]float64, R), 0 // of the rows in which something could be sold
	for r := range R {
		for t := range train {
			if cell := r*T + t; !p.IsClosed(cell) {
				values[r] = append(values[r], p.Control[cell*C+c])
			}
		}
		rows += len(values[r])
	}
	positive := true
	means, within, grand := make([]float64, R), 0.0, 0.0
	for r := range R {
		for _, x := range values[r] {
			positive = positive && x > 0
			means[r] += x / float64(len(values[r]))
		}
		grand += means[r] / float64(R)
	}
	between := 0.0
	for r := range R {
		between += (means[r] - grand) * (means[r] - grand) / float64(R)
		for _, x := range values[r] {
			within += (x - means[r]) * (x - means[r]) / float64(rows)
		}
	}
	s := Control{Log: positive && between > within, Mean: means, SD: math.Sqrt(within)}
	if s.Log {
		within = 0
		for r := range R {
			means[r] = 0
			for _, x := range values[r] {
				means[r] += math.Log(x) / float64(len(values[r]))
			}
			for _, x := range values[r] {
				d := math.Log(x) - means[r]
				within += d * d / float64(rows)
			}
		}
		s.SD = math.Sqrt(within)
	}
	return s
}

// treated returns the controls [R, T, C] with treatments at multiples of their values from a week on.
func (d *Data) treated(factors map[int]float64, from int) []float64 {
	controls := slices.Clone(d.Control)
	for c, factor := range factors {
		for cell := range d.Regions * d.Weeks {
			if at := cell*d.Controls + c; cell%d.Weeks >= from {
				controls[at] = d.Scaling.Control[c].of(cell/d.Weeks, factor*d.Raw[at])
			}
		}
	}
	return controls
}

// of scales a value. A control that is constant within regions is 0.
func (s Control) of(region int, value float64) float64 {
	if s.SD <= 1e-12*math.Abs(s.Mean[region]) || s.SD == 0 {
		return 0
	}
	if s.Log {
		if value <= 0 {
			return -clipControl
		}
		value = math.Log(value)
	}
	return min(max((value-s.Mean[region])/s.SD, -clipControl), clipControl)
}

// uncounted is the number of first rows that do not count in the fit: a burn-in of weeks, at most a quarter of the training.
func uncounted(burnIn, train int, every panel.Resolution) int {
	if burnIn <= 0 {
		return 0
	}
	return min(every.Rows(float64(burnIn)), train/4)
}
