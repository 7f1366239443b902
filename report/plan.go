package report

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"deepcausalmmm/train"
	"deepcausalmmm/train/plan"
)

// planPage holds the data of the page of a plan, section by section.
type planPage struct {
	assetsOf
	Data pageData

	*train.Plan
	Verdict   string
	Good      bool
	Sentences []string
	Warnings  []string
	Spend     *bars
	Marginal  *bars
	Rows      []planRow
	Gains     *bars // of the plan and all others
	All       []planTotals
	Graph     *planGraph // nil if no channel moves another
	Binding   []string
	Weekly    []*chart // spend by week, if weeks are planned apart
	Assumed   []string
}

// Title is the page's.
func (p *planPage) Title() string { return "A plan for " + oneLine(p.KPI) }

// planRow is a channel of a plan beside the status quo.
type planRow struct {
	train.PlanChannel
	Full, Why string
	Today     train.PlanChannel
	Costs     bool
	Relative  float64 // change of its spend; NaN if there was none
}

// planTotals is a row of the table that compares plans.
type planTotals struct {
	train.PlanValue
	Full string
	Best bool
}

// planGraph is what came through the graph.
type planGraph struct {
	Sentences []string
	Changes   *bars
}

// DrawPlan writes a plan as an HTML page. Equal plans give equal bytes.
func DrawPlan(w io.Writer, p *train.Plan) error {
	assets, err := loadAssets()
	if err != nil {
		return err
	}
	return pageTemplate.ExecuteTemplate(w, "plan.tmpl", newPlanPage(p, assets))
}

func newPlanPage(p *train.Plan, assets assetsOf) *planPage {
	d := newPlanDrawing(p)
	page := &planPage{
		assetsOf: assets, Data: pageData{Weeks: p.Weeks, Charts: map[string]chartData{}}, Plan: p, Sentences: d.sentences(), Warnings: d.warnings(),
		Spend: d.spend(), Marginal: d.marginal(), Rows: d.rows(), Gains: d.gains(), All: d.all(), Graph: d.graph(), Weekly: d.weekly(), Assumed: d.assumed(),
	}
	page.Verdict, page.Good = d.verdict()
	for _, b := range p.Binding {
		page.Binding = append(page.Binding, d.binding(b))
	}
	for _, c := range page.Weekly {
		page.Data.Charts[c.ID] = c.data(p.Weeks)
	}
	return page
}

// planDrawing is a plan with names and colours of its channels.
type planDrawing struct {
	*train.Plan
	short, long, looks []string
	order              []int // of the channels: the largest spend first, then those that cost nothing
}

func newPlanDrawing(p *train.Plan) *planDrawing {
	d := &planDrawing{Plan: p}
	var names []string
	for m, c := range p.Best.Channels {
		names = append(names, c.Name)
		d.order = append(d.order, m)
	}
	slices.SortStableFunc(d.order, func(a, b int) int { return cmp.Compare(d.largest(b), d.largest(a)) })
	d.short, d.long, d.looks = labels(names, 18), labels(names, 60), make([]string, len(names))
	for rank, m := range d.order {
		d.looks[m] = "other"
		if rank < colours {
			d.looks[m] = "c" + strconv.Itoa(rank)
		}
		if slices.Contains(p.Marked, names[m]) {
			d.short[m], d.long[m] = shortened(d.short[m], 16)+" *", d.long[m]+" *"
		}
	}
	return d
}

func (d *planDrawing) largest(m int) float64 {
	return max(d.StatusQuo.Channels[m].Spend, d.Best.Channels[m].Spend)
}

// costs reports whether a channel has a spend.
func (d *planDrawing) costs(m int) bool { return d.Best.Channels[m].Role != plan.Follows }

// between writes an interval in words.
func between(f train.PlanFigure) string { return quantity(f.Low) + " to " + quantity(f.High) }

func (d *planDrawing) verdict() (string, bool) {
	g := d.Best.Gain
	moved := 0.0
	for m, c := range d.Best.Channels {
		moved += math.Abs(c.Spend-d.StatusQuo.Channels[m].Spend) / 2
	}
	more, instead := "more", fmt.Sprintf("for a spend of %s instead of %s", quantity(d.Best.Spend), quantity(d.StatusQuo.Spend))
	if g.Mean < 0 {
		more, g.Mean, g.Low, g.High = "less", -g.Mean, -g.High, -g.Low
	}
	if math.Abs(d.Best.Spend-d.StatusQuo.Spend) < 1e-3*d.StatusQuo.Spend {
		instead = fmt.Sprintf("for the same spend, %s, of which %s is moved", quantity(d.StatusQuo.Spend), quantity(moved))
	}
	text := fmt.Sprintf("The plan brings %s %s in %s than the status quo (%s, at 80%s%%), %s.", quantity(g.Mean), more, oneLine(d.Unit()), between(g), narrow, instead)
	return text, d.Best.Gain.Low > 0 || d.Money && d.Best.Profit.Low > 0
}

// namedChanges is the number of changes that the summary names.
const namedChanges = 3

func (d *planDrawing) sentences() []string {
	out := []string{"Aim: " + d.Aim() + "."}
	var up, down []string
	changes := slices.Clone(d.order)
	diff := func(m int) float64 { return d.Best.Channels[m].Spend - d.StatusQuo.Channels[m].Spend }
	slices.SortStableFunc(changes, func(a, b int) int { return cmp.Compare(math.Abs(diff(b)), math.Abs(diff(a))) })
	for _, m := range changes {
		if x := diff(m); math.Abs(x) > 1e-3*d.StatusQuo.Spend {
			text := fmt.Sprintf("%s (%s to %s)", d.long[m], quantity(d.StatusQuo.Channels[m].Spend), quantity(d.Best.Channels[m].Spend))
			if x > 0 && len(up) < namedChanges {
				up = append(up, text)
			} else if x < 0 && len(down) < namedChanges {
				down = append(down, text)
			}
		}
	}
	if up != nil {
		out = append(out, "More: "+strings.Join(up, ", ")+".")
	}
	if down != nil {
		out = append(out, "Less: "+strings.Join(down, ", ")+".")
	}
	if up == nil && down == nil {
		out = append(out, "No channel's spend changes by more than a thousandth of all.")
	}
	if d.StatusQuo.Value.Mean > 0 {
		out = append(out, fmt.Sprintf("The gain is %s of what the status quo sells in these %s.", percent(d.Best.Gain.Mean/d.StatusQuo.Value.Mean),
			d.Every.RowNoun(2)))
	}
	if d.Money {
		out = append(out, fmt.Sprintf("Profit, the gain minus the change of spend: %s (%s).", quantity(d.Best.Profit.Mean), between(d.Best.Profit)))
	}
	return out
}

func (d *planDrawing) warnings() []string {
	var out []string
	if d.Best.Gain.Low <= 0 {
		out = append(out, "The gain may be nothing or a loss: its interval of 80 % is not above 0. A plan for a quantile of the gain (--risk 0.2) is more cautious.")
	}
	for _, n := range d.Notices {
		out = append(out, n.Text)
	}
	for _, b := range d.Best.Beyond {
		out = append(out, "Beyond what the training saw, where the response is the prior's: "+b.String()+".")
	}
	for _, note := range slices.Concat(d.Notes, d.Best.Notes) {
		out = append(out, sentence(note))
	}
	return out
}

func (d *planDrawing) spend() *bars {
	b := &bars{ID: "plan-spend", Title: "Spend before and after", Caption: "Of each channel over the horizon, what other channels bring included: above the plan, " +
		"below the status quo."}
	for _, m := range d.order {
		if !d.costs(m) {
			continue
		}
		c, today := d.Best.Channels[m], d.StatusQuo.Channels[m]
		b.Rows = append(b.Rows, bar{Label: d.short[m], Full: oneLine(c.Name) + ", plan", Look: d.looks[m], To: c.Spend, Text: quantity(c.Spend)},
			bar{Full: oneLine(c.Name) + ", status quo", Look: "cost", To: today.Spend, Text: quantity(today.Spend), Tight: true})
	}
	return b
}

func (d *planDrawing) marginal() *bars {
	b := &bars{ID: "plan-marginal", Title: "What the next unit of spend returns", Caption: "Marginal ROI, all that moves counted: above in the plan, below in the status quo. " +
		"Where nothing binds, the plan makes it equal: moving a unit from one channel to another gains nothing."}
	for _, m := range d.order {
		c, today := d.Best.Channels[m], d.StatusQuo.Channels[m]
		if !d.costs(m) || math.IsNaN(c.MarginalTotal) || math.IsNaN(today.MarginalTotal) {
			continue
		}
		text := quantity(c.MarginalTotal)
		if why := c.Says(); why != "" {
			text += " " + why
		}
		b.Rows = append(b.Rows, bar{Label: d.short[m], Full: oneLine(c.Name) + ", plan", Look: d.looks[m], To: c.MarginalTotal, Text: text},
			bar{Full: oneLine(c.Name) + ", status quo", Look: "cost", To: today.MarginalTotal, Text: quantity(today.MarginalTotal), Tight: true})
	}
	return b
}

func (d *planDrawing) rows() []planRow {
	var out []planRow
	for _, m := range d.order {
		row := planRow{PlanChannel: d.Best.Channels[m], Full: oneLine(d.Best.Channels[m].Name), Today: d.StatusQuo.Channels[m], Costs: d.costs(m), Relative: nan}
		row.Why = row.Says()
		if slices.Contains(d.Marked, row.Name) {
			row.Full += " *"
		}
		if row.Today.Spend > 0 {
			row.Relative = row.Spend/row.Today.Spend - 1
		}
		out = append(out, row)
	}
	return out
}

func (d *planDrawing) all() []planTotals {
	var out []planTotals
	for i, v := range d.Plan.All() {
		out = append(out, planTotals{v, oneLine(v.Name), i == 1})
	}
	return out
}

func (d *planDrawing) gains() *bars {
	b := &bars{ID: "plan-gains", Title: "Gain on the status quo", Caption: fmt.Sprintf("Of each plan. Lines are intervals of 95, 80 and 50 %%, the thicker the narrower, of %d draws "+
		"from the posterior.", d.Draws)}
	for i, v := range d.Plan.All()[1:] {
		look := "other"
		if i == 0 {
			look = "c2"
		}
		g := v.Gain
		b.Rows = append(b.Rows, bar{Label: shortened(oneLine(v.Name), 20), Full: oneLine(v.Name), Look: look, To: g.Mean, Text: quantity(g.Mean),
			Ranges: [][2]float64{{g.Low95, g.High95}, {g.Low, g.High}, {g.Low50, g.High50}}})
	}
	return b
}

func (d *planDrawing) graph() *planGraph {
	if d.DirectOnly == nil {
		return nil
	}
	g := &planGraph{}
	through := d.Best.Gain.Mean - d.CutGain.Mean
	g.Sentences = append(g.Sentences, fmt.Sprintf("The same decisions gain %s where no channel moves another, so %s of the gain came through the graph.", quantity(d.CutGain.Mean),
		quantity(through)))
	direct := fmt.Sprintf("A plan made on direct effects only would gain %s (%s)", quantity(d.DirectOnly.Gain.Mean), between(d.DirectOnly.Gain))
	if d.DirectOnly.Gain.Mean > d.Best.Gain.Mean {
		direct += ", but its spend, with what channels bring each other, need not keep to all constraints"
	}
	g.Sentences = append(g.Sentences, direct+".")
	g.Changes = &bars{ID: "plan-changes", Title: "Where the gain is sold", Caption: "The change of what each channel itself sells. Channels that nobody buys, and those whose own " +
		"spend stays, change because others move them."}
	for _, m := range d.order {
		c := d.Best.Channels[m]
		g.Changes.Rows = append(g.Changes.Rows, bar{Label: d.short[m], Full: oneLine(c.Name), Look: d.looks[m], To: c.Change.Mean, Text: quantity(c.Change.Mean),
			Ranges: [][2]float64{{c.Change.Low95, c.Change.High95}, {c.Change.Low, c.Change.High}, {c.Change.Low50, c.Change.High50}}})
	}
	return g
}

// binding says a constraint's shadow price in words.
func (d *planDrawing) binding(b train.PlanBinding) string {
	return oneLine(b.Constraint) + ": one more unit changes the optimum by " + quantity(b.Shadow) + " (" + oneLine(b.Unit) + ")."
}

// weekly are charts of the spend by week, before and after, if weeks are planned apart.
func (d *planDrawing) weekly() []*chart {
	if !d.ByWeek || len(d.Weeks) < 2 {
		return nil
	}
	var out []*chart
	for _, m := range d.order {
		if !d.costs(m) {
			continue
		}
		out = append(out, &chart{ID: "plan-week-" + strconv.Itoa(m), Title: d.long[m], Caption: "Spend by " + d.Every.Noun(1) + ".", Height: smallHeight, Size: small,
			X: d.Weeks, XName: d.Every.Noun(1), Zero: true, Series: []series{
				newSeries("status quo", "season", d.StatusQuo.Channels[m].Weekly), newSeries("plan", d.looks[m], d.Best.Channels[m].Weekly),
			}})
	}
	return out
}

// assumed lists what the plan takes for granted.
func (d *planDrawing) assumed() []string {
	out := []string{
		sentence(d.Basis()),
		fmt.Sprintf("Planners decide on a channel's own part; what other channels move follows along the learned graph, and its spend with it. Gains count the horizon and "+
			"what comes in the %d %s after it.", d.Tail, d.Every.RowNoun(d.Tail)),
		"A unit of exposure costs what it did: no discount for more, no auction that gets dearer.",
		fmt.Sprintf("With what other channels bring today, no region gets more than %g times the largest exposure that it had in a %s; what they bring beyond that comes on top.",
			d.ExposureLimit, d.Every.Noun(1)),
		fmt.Sprintf("Effects are those of %d draws from the posterior; intervals say how sure the model is, if its equations hold.", d.Draws),
	}
	if !d.Money {
		out = append(out, "No value of a unit of "+d.KPI+" is known: gains and ROI are in units, and whether they are worth their spend is not said.")
	}
	if len(d.Starts) > 1 && !slices.ContainsFunc(d.Starts, func(s train.PlanStart) bool { return !s.Feasible || s.Distance > 0.01 }) {
		out = append(out, fmt.Sprintf("%d searches from different plans ended in this one.", len(d.Starts)))
	}
	return out
}
