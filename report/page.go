package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"deepcausalmmm/panel"
	"deepcausalmmm/panel/notice"
	"deepcausalmmm/train"
	"deepcausalmmm/train/model"
)

// page holds the data of the template, section by section.
type page struct {
	assetsOf
	Data pageData

	Target, Span  string
	Noun          string // of a row: week, day, month or quarter
	Summary       summary
	Returns       *returns  // nil if the model has no markets
	Plan          *planPage // nil if there is none
	Fit           fit
	Contributions contributions
	Effects       *effects // nil if the model has no structural equations
	Checks        *checks  // nil if nothing was checked
	Response      response
	Coefficients  []*chart
	Graph         *graphSection // nil without a DAG
	Training      training
	Panel         panelSection
	Notes         model.Notes
	Marked        bool // channels whose figures are not told by the data have an asterisk
}

// Title is the page's.
func (p *page) Title() string { return "What drives " + p.Target }

// pageData holds the numbers that the script shows.
type pageData struct {
	Weeks  []string             `json:"weeks"`
	Charts map[string]chartData `json:"charts"`
}

// chartData is a chart for the script. A chart without choices has one view.
type chartData struct {
	X     []string   `json:"x,omitempty"` // the weeks if left out
	XName string     `json:"xname,omitempty"`
	Names []string   `json:"names"` // of the series
	Views []viewData `json:"views"`
}

// viewData are the numbers of a chart's series. Low and High are null for a series without a band.
type viewData struct {
	Values []numbers  `json:"values"`
	Low    []numbers  `json:"low,omitempty"`
	High   []numbers  `json:"high,omitempty"`
	Scale  *scaleData `json:"scale,omitempty"` // to draw the view by; only if there is another
}

// scaleData is a linear vertical axis.
type scaleData struct {
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Top    float64 `json:"top"`
	Bottom float64 `json:"bottom"`
	Ticks  []tick  `json:"ticks"`
}

func (c *chart) data(weeks []string) chartData {
	d := chartData{X: c.X, XName: c.XName, Views: []viewData{c.view()}}
	if slices.Equal(c.X, weeks) {
		d.X = nil
	}
	for _, s := range c.Series {
		d.Names = append(d.Names, s.Name)
	}
	for _, choice := range c.Choices {
		other := *c
		other.Series = choice.Series
		d.Views = append(d.Views, other.view())
	}
	return d
}

func (c *chart) view() viewData {
	var v viewData
	for _, s := range c.Series {
		v.Values = append(v.Values, s.Values)
		if s.Band != nil && v.Low == nil {
			v.Low, v.High = make([]numbers, len(c.Series)), make([]numbers, len(c.Series))
		}
	}
	for i, s := range c.Series {
		if s.Band != nil {
			v.Low[i], v.High[i] = s.Band.Low, s.Band.High
		}
	}
	if len(c.Choices) > 0 {
		s := c.scale()
		v.Scale = &scaleData{Low: s.low, High: s.high, Top: s.stop, Bottom: s.start}
		for _, t := range s.Ticks {
			v.Scale.Ticks = append(v.Scale.Ticks, tick{math.Round(10*t.At) / 10, t.Label})
		}
	}
	return v
}

// drawing is a result with what several sections need. Arrays [R, T] cover all weeks of the panel.
type drawing struct {
	*train.Result
	actual    []float64                // [R, T]; NaN if it was not recorded
	predicted []float64                // [R, T]
	values    [][]float64              // of each component, [R, T]; they add up to predicted
	short     []string                 // the components' names in pictures
	long      []string                 // and in text
	looks     []string                 // and their colours
	marks     map[string][]notice.Kind // why a channel's figures are not told by the data
	totals    []float64                // of each component, over all regions and weeks
	shares    []float64                // of the prediction, in tenths of a per cent that add up to 100.0 %
}

func newPage(r *train.Result, plan *train.Plan) (*page, error) {
	config, err := r.Config.Text()
	if err != nil {
		return nil, err
	}
	assets, err := loadAssets()
	if err != nil {
		return nil, err
	}
	d := newDrawing(r)
	p := &page{
		assetsOf: assets,
		Target:   oneLine(d.target()), Span: d.span(), Noun: d.noun(), Summary: d.summary(), Returns: d.returns(), Fit: d.fit(),
		Contributions: d.contributions(),
		Effects:       d.effects(), Checks: d.checks(), Response: d.response(), Coefficients: d.coefficients(), Graph: d.graph(),
		Training: d.training(), Panel: d.panel(config), Notes: r.Notes, Marked: len(d.marks) > 0,
		Data: pageData{Weeks: r.Details.Weeks, Charts: map[string]chartData{}},
	}
	if plan != nil {
		p.Plan = newPlanPage(plan, assets)
	}
	charts := slices.Concat([]*chart{p.Fit.Total, p.Contributions.OverTime, p.Panel.Filled, p.Training.Loss},
		p.Response.Curves, p.Response.CarryOver, p.Coefficients, p.Training.Others)
	if p.Returns != nil {
		charts = append(append(charts, p.Returns.Compare), p.Returns.Curves...)
	}
	if p.Graph != nil {
		charts = append(charts, p.Graph.Duals...)
	}
	for _, c := range charts {
		if c != nil {
			p.Data.Charts[c.ID] = c.data(r.Details.Weeks)
		}
	}
	return p, nil
}

// colours is the number of channels with a colour of their own: more could not be distinguished.
const colours = 8

// newDrawing names and colours the components. Channels take their colours in the order of their contributions.
func newDrawing(r *train.Result) *drawing {
	d := &drawing{
		Result:    r,
		marks:     notice.Marks(r.Details.Notices),
		actual:    allWeeks(r.Parts, func(p model.Part) []float64 { return p.Actual }),
		predicted: allWeeks(r.Parts, func(p model.Part) []float64 { return p.Predicted }),
	}
	for i := range r.Details.Components {
		values := allWeeks(r.Parts, func(p model.Part) []float64 { return p.Components[i].Value })
		d.values, d.totals = append(d.values, values), append(d.totals, sum(values))
	}
	d.setShares()
	d.setLooks()
	return d
}

// allWeeks joins the parts' values, each [R, T] of its weeks.
func allWeeks(parts []model.Part, of func(model.Part) []float64) []float64 {
	var all []float64
	for r := range parts[0].Regions {
		for _, p := range parts {
			weeks := p.Span.Len()
			all = append(all, of(p)[r*weeks:(r+1)*weeks]...)
		}
	}
	return all
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}

func (d *drawing) setShares() {
	d.shares = make([]float64, len(d.totals))
	all := sum(d.totals)
	if !(all > 0) {
		return
	}
	for i, total := range d.totals {
		d.shares[i] = total / all
	}
	d.shares = tenths(d.shares)
}

func (d *drawing) setLooks() {
	n := len(d.Details.Components)
	d.short, d.long, d.looks = make([]string, n), make([]string, n), make([]string, n)
	for i, c := range d.Details.Components {
		d.short[i], d.long[i], d.looks[i] = c.Name, c.Name, string(c.Kind.Group())
	}
	for _, kind := range []model.Kind{model.Control, model.Media} {
		at := d.ofKind(kind)
		short, long := labels(d.namesOf(at), 18), labels(d.namesOf(at), 60)
		for i, c := range at {
			d.short[c], d.long[c] = short[i], long[i]
		}
	}
	for i := range d.short {
		if d.mark(i) != "" {
			d.short[i], d.long[i] = shortened(d.short[i], 16)+d.mark(i), d.long[i]+d.mark(i)
		}
	}
	for rank, i := range d.ranked() {
		d.looks[i] = "other"
		if rank < colours {
			d.looks[i] = "c" + strconv.Itoa(rank)
		}
	}
}

// mark is an asterisk after the name of a channel whose figures are not told by the data, else nothing.
func (d *drawing) mark(component int) string {
	c := d.Details.Components[component]
	if c.Kind == model.Media && len(d.marks[c.Name]) > 0 {
		return " *"
	}
	return ""
}

// full is a component's whole name, with its mark.
func (d *drawing) full(component int) string {
	return oneLine(d.Details.Components[component].Name) + d.mark(component)
}

// ofKind lists the components of a kind, by their position: treatments are among the controls, mediators among the channels.
func (d *drawing) ofKind(kind model.Kind) []int {
	var at []int
	for i, c := range d.Details.Components {
		if c.Kind.Group() == kind {
			at = append(at, i)
		}
	}
	return at
}

func (d *drawing) namesOf(components []int) []string {
	var names []string
	for _, i := range components {
		names = append(names, d.Details.Components[i].Name)
	}
	return names
}

func (d *drawing) channels() []string { return d.namesOf(d.ofKind(model.Media)) }

// ranked lists the channels in descending order of their contributions.
func (d *drawing) ranked() []int {
	at := d.ofKind(model.Media)
	slices.SortStableFunc(at, func(a, b int) int { return cmp.Compare(d.totals[b], d.totals[a]) })
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
	return fmt.Sprintf("%s × %s, %s to %s", plural(len(d.Details.Regions), "region"), d.rows(len(weeks)), weeks[0],
		weeks[len(weeks)-1])
}

// noun is the word for a row of a region: week, or day or month.
func (d *drawing) noun() string { return d.Details.Report.Resolution.Noun(1) }

// rows counts rows of a region.
func (d *drawing) rows(n int) string {
	return fmt.Sprintf("%s %s", grouped(fmt.Sprint(n)), d.Details.Report.Resolution.RowNoun(n))
}

// often says how often there is a row: "Weekly".
func (d *drawing) often() string {
	every := d.Details.Report.Resolution
	if every.Step > 1 && every.Period != panel.Number {
		return "Every " + every.String() + ":"
	}
	return map[string]string{"day": "Daily", "week": "Weekly", "month": "Monthly", "quarter": "Quarterly"}[every.Noun(1)]
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

// inRegion is the part of values [R, T] of a region.
func (d *drawing) inRegion(values []float64, r int) []float64 {
	weeks := len(d.Details.Weeks)
	return values[r*weeks : (r+1)*weeks]
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(strconv.Itoa(n)) + " " + noun + "s"
}
