package train

import (
	"encoding/json"
	"io"
	"slices"

	"deepcausalmmm/panel"
	"deepcausalmmm/train/neural"
)

// Details is details.json: what a reader of the result wants to see of the panel and the model that no other file
// holds.
type Details struct {
	Report       panel.Report      `json:"report"`
	Regions      []string          `json:"regions"`
	Weeks        []string          `json:"weeks"`
	HoldoutFrom  int               `json:"holdout_from"` // the holdout's first week, from 0; without one the number of weeks
	Filled       [][]int           `json:"filled"`       // of each region, the weeks whose target was missing
	Components   []ComponentName   `json:"components"`   // in the order of contributions.csv
	Responses    []Response        `json:"responses"`    // of each channel
	Coefficients []CoefficientPath `json:"coefficients"` // of each channel and control
	Spend        []Spend           `json:"spend"`

	Structural *StructuralDetails `json:"structural,omitempty"`
}

// ComponentName is an addend of the prediction, without its values.
type ComponentName struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
}

// Response is how a channel carries over and saturates. Exposure is the channel's share of its region's media in a
// week, and what lingers of it from weeks before.
type Response struct {
	Channel        string  `json:"channel"`
	Decay          float64 `json:"decay"`           // a: the part of a week's exposure that is left in the next
	HalfSaturation float64 `json:"half_saturation"` // k: the exposure that has half of the greatest effect
	Slope          float64 `json:"slope"`           // n
	Exposure       Range   `json:"exposure"`        // over all regions and weeks: where on the curve the channel is run
}

// Range summarises a distribution by its quantiles.
type Range struct {
	P5     float64 `json:"p5"`
	P25    float64 `json:"p25"`
	Median float64 `json:"median"`
	P75    float64 `json:"p75"`
	P95    float64 `json:"p95"`
}

// CoefficientPath is a coefficient over the weeks, and its spread over the regions. It counts in multiples of a
// region's average week: what the component adds where its saturation (a control: its scaled value) is 1.
type CoefficientPath struct {
	Component string    `json:"component"`
	Low       []float64 `json:"low"` // [weeks]: the lower quartile over the regions
	Median    []float64 `json:"median"`
	High      []float64 `json:"high"` // the upper quartile
}

// Spend is what was paid, summed over all regions and weeks.
type Spend struct {
	Column string  `json:"column"`
	Total  float64 `json:"total"`
}

// describePanel starts the details with what the panel tells. Some models have a trend.
func describePanel(p *panel.Panel, trained int, trend bool) Details {
	d := Details{
		Report: p.Report, Regions: p.Regions, Weeks: p.Weeks, HoldoutFrom: trained, Spend: []Spend{},
		Components: []ComponentName{{componentBaseline, Baseline}},
	}
	if trend {
		d.Components = append(d.Components, ComponentName{componentTrend, Trend})
	}
	d.Components = append(d.Components, ComponentName{componentSeason, Season})
	for r := range p.Regions {
		weeks := []int{}
		for w := range p.Weeks {
			if p.Filled[r*len(p.Weeks)+w] {
				weeks = append(weeks, w)
			}
		}
		d.Filled = append(d.Filled, weeks)
	}
	for _, name := range p.Controls {
		d.Components = append(d.Components, ComponentName{name, Control})
	}
	for _, name := range p.Channels {
		d.Components = append(d.Components, ComponentName{name, Media})
	}
	for s, name := range p.SpendNames {
		total := 0.0
		for i := s; i < len(p.Spend); i += len(p.SpendNames) {
			total += p.Spend[i]
		}
		d.Spend = append(d.Spend, Spend{name, total})
	}
	for _, name := range slices.Concat(p.Channels, p.Controls) {
		d.Coefficients = append(d.Coefficients, CoefficientPath{Component: name})
	}
	return d
}

// describeModels adds what the models, evaluated on their windows, hold of each channel.
func (t *Trainer) describeModels(d *Details, models []*neural.Model) {
	C := len(t.panel.Channels)
	exposure := make([][]float64, C)
	for i, m := range models {
		burnIn := m.Dims.Weeks - t.spans[i].Len()
		for c := range C {
			exposure[c] = append(exposure[c], behindBurnIn(m, m.Floats(m.Outputs.Adstock), c, C, burnIn)...)
		}
		addQuartiles(d.Coefficients[:C], m, m.Floats(m.Outputs.MediaCoefficients), burnIn)
		if m.Outputs.ControlCoefficients != nil {
			addQuartiles(d.Coefficients[C:], m, m.Floats(m.Outputs.ControlCoefficients), burnIn)
		}
	}
	for c, response := range models[0].Responses() {
		slices.Sort(exposure[c])
		at := func(q float64) float64 { return panel.Quantile(exposure[c], q) }
		d.Responses = append(d.Responses, Response{
			Channel: t.panel.Channels[c], Decay: response.Decay, Slope: response.Slope, HalfSaturation: response.HalfSaturation,
			Exposure: Range{at(0.05), at(0.25), at(0.5), at(0.75), at(0.95)},
		})
	}
}

// behindBurnIn is a column of x, [R, T, columns], without the burn-in rows.
func behindBurnIn(m *neural.Model, x []float64, column, columns, burnIn int) []float64 {
	var values []float64
	for r := range m.Dims.Regions {
		for w := burnIn; w < m.Dims.Weeks; w++ {
			values = append(values, x[(r*m.Dims.Weeks+w)*columns+column])
		}
	}
	return values
}

// addQuartiles appends the weeks of coefficients [R, T, paths] to their paths.
func addQuartiles(paths []CoefficientPath, m *neural.Model, coefficients []float64, burnIn int) {
	scale := m.PredictionScale()
	for c := range paths {
		paths[c].quartiles(m.Dims.Regions, m.Dims.Weeks-burnIn, func(region, week int) float64 {
			return scale * coefficients[(region*m.Dims.Weeks+burnIn+week)*len(paths)+c]
		})
	}
}

// quartiles appends some weeks' quartiles over the regions.
func (p *CoefficientPath) quartiles(regions, weeks int, at func(region, week int) float64) {
	overRegions := make([]float64, regions)
	for w := range weeks {
		for r := range overRegions {
			overRegions[r] = at(r, w)
		}
		slices.Sort(overRegions)
		p.Low = append(p.Low, panel.Quantile(overRegions, 0.25))
		p.Median = append(p.Median, panel.Quantile(overRegions, 0.5))
		p.High = append(p.High, panel.Quantile(overRegions, 0.75))
	}
}

func (r *Result) writeDetails(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(r.Details)
}
