package report

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"

	"deepcausalmmm/train"
)

// page is what the template draws, section by section.
type page struct {
	Style      template.CSS
	Script     template.JS
	ScriptHash string
	Data       pageData

	Target, Span  string
	Summary       summary
	Fit           fit
	Contributions contributions
	Effects       *effects // nil of a model whose channels do not move each other's exposure
	Response      response
	Coefficients  []*chart
	Graph         *graphSection // nil without a DAG
	Training      []*chart
	Panel         panelSection
	Structural    bool // the model's equations are the structural ones
}

// pageData is what the script draws again.
type pageData struct {
	Charts  map[string]chartData `json:"charts"`
	Regions regionData           `json:"regions"`
}

// regionData are the series of each region.
type regionData struct {
	Actual    []numbers `json:"actual"`
	Predicted []numbers `json:"predicted"`
	Low       []numbers `json:"low,omitempty"` // where an observation may lie
	High      []numbers `json:"high,omitempty"`
	Filled    [][]int   `json:"filled"`
}

// chartData is a chart as the script knows it.
type chartData struct {
	Height  float64      `json:"height"`
	X       []string     `json:"x"`
	XName   string       `json:"xname,omitempty"`
	Series  []seriesData `json:"series"`
	Stacked bool         `json:"stacked,omitempty"`
	Zero    bool         `json:"zero,omitempty"`
	Log     bool         `json:"log,omitempty"`
	Shade   *shadeData   `json:"shade,omitempty"`
}

type seriesData struct {
	Name   string  `json:"name"`
	Look   string  `json:"look"`
	Values numbers `json:"values"`
	Low    numbers `json:"low,omitempty"`
	High   numbers `json:"high,omitempty"`
}

type shadeData struct {
	From int    `json:"from"`
	To   int    `json:"to"`
	Name string `json:"name"`
}

func (c *chart) data() chartData {
	d := chartData{
		Height: c.Height, X: c.X, XName: c.XName, Stacked: c.Stacked, Zero: c.Zero, Log: c.Log,
	}
	for _, s := range c.Series {
		d.Series = append(d.Series, seriesData(s))
	}
	if c.Shade != nil {
		d.Shade = (*shadeData)(c.Shade)
	}
	return d
}

// drawing is a run with what several sections need.
type drawing struct {
	*Run
	short  []string  // the components' names in pictures
	long   []string  // and in text
	looks  []string  // and their colours
	totals []float64 // and what they add up to over all regions and weeks
	shares []float64 // of the prediction, in tenths of a per cent that add up to 100.0 %
}

func newPage(r *Run) *page {
	d := newDrawing(r)
	p := &page{
		Target: oneLine(d.target()), Span: d.span(), Summary: d.summary(), Fit: d.fit(), Contributions: d.contributions(),
		Effects: d.effects(), Response: d.response(), Coefficients: d.coefficients(), Graph: d.graph(), Training: d.training(), Panel: d.panel(),
		Structural: r.Details.Structural != nil,
		Data:       pageData{Charts: map[string]chartData{}, Regions: d.regions()},
	}
	charts := slices.Concat([]*chart{p.Fit.Total, p.Contributions.OverTime, p.Panel.Filled}, p.Response.Curves,
		p.Response.Decays, p.Coefficients, p.Training)
	if p.Graph != nil {
		charts = append(charts, p.Graph.Duals...)
	}
	for _, c := range charts {
		if c != nil {
			p.Data.Charts[c.ID] = c.data()
		}
	}
	return p
}

// colours is how many channels have one of their own: more cannot be told apart.
const colours = 8

// newDrawing names and colours the components. Channels take their colours by what they add up to.
func newDrawing(r *Run) *drawing {
	d := &drawing{Run: r}
	components := r.Details.Components
	sum := 0.0
	for _, values := range r.Contributions {
		total := 0.0
		for _, v := range values {
			total += v
		}
		d.totals = append(d.totals, total)
		sum += total
	}
	shares := make([]float64, len(components))
	for i, total := range d.totals {
		if sum > 0 {
			shares[i] = total / sum
		}
	}
	if sum > 0 {
		d.shares = tenths(shares)
	} else {
		d.shares = shares
	}
	n := len(components)
	d.short, d.long, d.looks = make([]string, n), make([]string, n), make([]string, n)
	for _, kind := range []train.Kind{train.Control, train.Media} {
		at := ofKind(r.Details, kind)
		short, long := labels(d.namesOf(at), 18), labels(d.namesOf(at), 60)
		for i, c := range at {
			d.short[c], d.long[c], d.looks[c] = short[i], long[i], "control"
		}
	}
	for rank, i := range d.ranked() {
		d.looks[i] = "other"
		if rank < colours {
			d.looks[i] = "c" + strconv.Itoa(rank)
		}
	}
	for i, c := range components {
		if d.short[i] == "" { // the components that are no columns
			d.short[i], d.long[i], d.looks[i] = c.Name, c.Name, string(c.Kind)
		}
	}
	return d
}

func (d *drawing) namesOf(components []int) []string {
	var names []string
	for _, i := range components {
		names = append(names, d.Details.Components[i].Name)
	}
	return names
}

func (d *drawing) channels() []string { return d.namesOf(ofKind(d.Details, train.Media)) }

// ranked lists the channels, the one that contributes most first.
func (d *drawing) ranked() []int {
	at := ofKind(d.Details, train.Media)
	slices.SortStableFunc(at, func(a, b int) int {
		switch {
		case d.totals[a] > d.totals[b]:
			return -1
		case d.totals[a] < d.totals[b]:
			return 1
		}
		return 0
	})
	return at
}

func (d *drawing) target() string {
	if name := d.Details.Report.TargetName; name != "" {
		return name
	}
	return "the target"
}

func (d *drawing) span() string {
	weeks := d.Details.Weeks
	return fmt.Sprintf("%s × %s, %s to %s", plural(len(d.Details.Regions), "region"), plural(len(weeks), "week"), weeks[0],
		weeks[len(weeks)-1])
}

// held is the number of weeks of the holdout.
func (d *drawing) held() int { return len(d.Details.Weeks) - d.Details.HoldoutFrom }

// holdout shades the holdout's weeks.
func (d *drawing) holdout() *shade {
	if d.held() == 0 {
		return nil
	}
	return &shade{From: d.Details.HoldoutFrom, To: len(d.Details.Weeks) - 1, Name: "holdout"}
}

// overRegions sums values [R, T] to weeks.
func (d *drawing) overRegions(values []float64) []float64 {
	weeks := len(d.Details.Weeks)
	sum := make([]float64, weeks)
	for i, v := range values {
		sum[i%weeks] += v
	}
	return sum
}

func (d *drawing) regions() regionData {
	weeks := len(d.Details.Weeks)
	out := regionData{Filled: d.Details.Filled}
	for r := range d.Details.Regions {
		out.Actual = append(out.Actual, roundedAll(d.Actual[r*weeks:(r+1)*weeks]))
		out.Predicted = append(out.Predicted, roundedAll(d.Predicted[r*weeks:(r+1)*weeks]))
		if d.Low != nil {
			out.Low = append(out.Low, roundedAll(d.Low[r*weeks:(r+1)*weeks]))
			out.High = append(out.High, roundedAll(d.High[r*weeks:(r+1)*weeks]))
		}
	}
	return out
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(strconv.Itoa(n)) + " " + noun + "s"
}
