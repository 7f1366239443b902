package train

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"

	"deepcausalmmm/internal/cell"
	"deepcausalmmm/internal/files"
	"deepcausalmmm/internal/jsonfile"
	"deepcausalmmm/panel"
	"deepcausalmmm/panel/notice"
	"deepcausalmmm/train/plan"
)

// planFormat is the version of plan.json.
const planFormat = 1

// Plan is a plan beside the status quo and others, as plan.json has it. Values are money if Money, else units of the KPI; gains
// count the horizon and the weeks after it.
type Plan struct {
	Version       int              `json:"version"`
	KPI           string           `json:"kpi"`
	Money         bool             `json:"money"`
	Every         panel.Resolution `json:"every"`
	Regions       []string         `json:"regions"`
	Weeks         []string         `json:"weeks"`     // of the horizon
	Past          bool             `json:"past"`      // they are the training's
	Reference     [2]string        `json:"reference"` // first and last week of the reference period
	Planned       bool             `json:"planned"`   // the status quo is a table's
	Tail          int              `json:"tail"`      // rows after the horizon that count in gains
	Draws         int              `json:"draws"`
	Goal          PlanGoal         `json:"goal"`
	ByWeek        bool             `json:"by_week"`
	ByRegion      bool             `json:"by_region"`
	Risk          float64          `json:"risk"` // the quantile of the gain that is maximised; 0 is the mean
	ExposureLimit float64          `json:"exposure_limit"`
	StatusQuo     PlanValue        `json:"status_quo"`
	Best          PlanValue        `json:"plan"`
	DirectOnly    *PlanValue       `json:"direct_only"` // the plan of someone who sees direct effects only; null if no channel moves another
	CutGain       PlanFigure       `json:"cut_gain"`    // the plan's gain if no channel moved another
	Scenarios     []PlanValue      `json:"scenarios"`   // plans that someone wrote
	Binding       []PlanBinding    `json:"binding"`
	Starts        []PlanStart      `json:"starts"`
	Evaluations   int              `json:"evaluations"`
	Notices       []notice.Notice  `json:"notices"` // of channels whose figures are not told by the data
	Marked        []string         `json:"marked"`  // these channels
	Notes         []string         `json:"notes"`

	cells, today *plan.Valuation
}

// PlanGoal is what a plan is for.
type PlanGoal struct {
	Kind   plan.GoalKind `json:"kind"`
	Amount float64       `json:"amount"`
}

// PlanFigure is a mean over draws with intervals of 80, 50 and 95 %.
type PlanFigure struct {
	Mean   float64 `json:"mean"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Low50  float64 `json:"low_50"`
	High50 float64 `json:"high_50"`
	Low95  float64 `json:"low_95"`
	High95 float64 `json:"high_95"`
}

func figure(f plan.Figure) PlanFigure {
	return PlanFigure{f.Mean, f.Low[1], f.High[1], f.Low[0], f.High[0], f.Low[2], f.High[2]}
}

// change is the difference of two figures, draw by draw.
func change(after, before plan.Figure) PlanFigure {
	draws := slices.Clone(after.Draws)
	for i := range draws {
		draws[i] -= before.Draws[i]
	}
	slices.Sort(draws)
	out := PlanFigure{Mean: after.Mean - before.Mean}
	for _, b := range []struct {
		low, high *float64
		part      float64
	}{{&out.Low, &out.High, 0.8}, {&out.Low50, &out.High50, 0.5}, {&out.Low95, &out.High95, 0.95}} {
		if len(draws) > 0 {
			*b.low, *b.high = panel.Quantile(draws, (1-b.part)/2), panel.Quantile(draws, (1+b.part)/2)
		}
	}
	return out
}

// PlanValue is what a plan leads to.
type PlanValue struct {
	Name     string        `json:"name"`
	Spend    float64       `json:"spend"`
	Value    PlanFigure    `json:"value"`  // of the KPI in the horizon
	Gain     PlanFigure    `json:"gain"`   // on the status quo
	Profit   PlanFigure    `json:"profit"` // gain minus the change of spend; money only
	ROI      PlanFigure    `json:"roi"`
	Channels []PlanChannel `json:"channels"`
	Beyond   []PlanBeyond  `json:"beyond"` // exposure larger than any seen, the furthest of each channel
	Notes    []string      `json:"notes"`
}

// PlanChannel is a channel's part of a plan.
type PlanChannel struct {
	Name           string            `json:"name"`
	Role           plan.Role         `json:"role"`
	Kind           panel.ChannelKind `json:"kind"`
	Spend          float64           `json:"spend"`
	OwnSpend       float64           `json:"own_spend"`   // that its planner decides
	MovedSpend     float64           `json:"moved_spend"` // that other channels bring
	Exposure       float64           `json:"exposure"`
	Value          PlanFigure        `json:"value"`           // of what the channel itself sells
	Change         PlanFigure        `json:"change"`          // of that, from the status quo
	MarginalDirect float64           `json:"marginal_direct"` // null of channels that cost nothing
	MarginalTotal  float64           `json:"marginal_total"`
	AtBound        string            `json:"at_bound"` // min or max if it cannot be moved further
	Weekly         []float64         `json:"weekly_spend"`
}

// PlanBeyond is the exposure of a channel that is furthest beyond the largest seen in its region.
type PlanBeyond struct {
	Channel  string  `json:"channel"`
	Region   string  `json:"region"`
	Week     string  `json:"week"`
	Exposure float64 `json:"exposure"`
	Seen     float64 `json:"seen"`
	Cells    int     `json:"cells"` // region-weeks of the channel beyond what was seen
}

func (b PlanBeyond) far() float64 { return b.Exposure / b.Seen }

// String says how far it is.
func (b PlanBeyond) String() string {
	where := fmt.Sprintf("%s is %s in %s, %s", b.Channel, compactly(b.Exposure), b.Region, b.Week)
	if b.Seen > 0 {
		where += fmt.Sprintf(", %.3g times the largest seen there", b.far())
	} else {
		where += ", where it was never on"
	}
	return fmt.Sprintf("%s; %d region-weeks", where, b.Cells)
}

// PlanBinding is a constraint that keeps the plan from a better one.
type PlanBinding struct {
	Constraint string  `json:"constraint"`
	Shadow     float64 `json:"shadow_price"`
	Unit       string  `json:"unit"`
}

// PlanStart is the end of one search.
type PlanStart struct {
	Name      string  `json:"name"`
	Objective float64 `json:"objective"`
	Feasible  bool    `json:"feasible"`
	Distance  float64 `json:"distance"`
}

// The files of a plan.
const (
	PlanFile      = "plan.json"
	PlanPage      = "plan.html" // which package report draws
	planCells     = "plan.csv"
	scenariosFile = "scenarios.csv"
)

// ProtectPlan refuses a folder in which a plan's files would replace what it reads.
func ProtectPlan(dir string, inputs ...string) error {
	return files.Protect(dir, []string{PlanFile, PlanPage, planCells, scenariosFile}, inputs...)
}

// Write leaves plan.csv, plan.json and the page in dir, and scenarios.csv if there are any; docs/plan.md says what each holds.
func (p *Plan) Write(dir string, page func(io.Writer) error) error {
	outputs := []files.File{
		files.As(PlanFile, p.writeJSON), files.As(planCells, p.writeCells), files.As(PlanPage, page),
	}
	if len(p.Scenarios) > 0 {
		return files.Write(dir, append(outputs, files.As(scenariosFile, p.writeScenarios))...)
	}
	if err := files.Write(dir, outputs...); err != nil {
		return err
	}
	return files.Remove(dir, scenariosFile)
}

func (p *Plan) writeJSON(w io.Writer) error {
	_, err := jsonfile.Encode(w, p, " ")
	return err
}

// writeCells writes the plan by region, week and channel.
func (p *Plan) writeCells(w io.Writer) error {
	t := table{csv: csv.NewWriter(w)}
	t.row("region", "week", "channel", "spend", "exposure", "own_spend", "reference_spend", "reference_exposure")
	i := 0
	for _, region := range p.Regions {
		for _, week := range p.Weeks {
			for _, c := range p.Best.Channels {
				t.row(cell.Text(region), cell.Text(week), cell.Text(c.Name), number(p.cells.CellSpend[i]), number(p.cells.CellExposure[i]),
					number(p.cells.CellOwnSpend[i]), number(p.today.CellSpend[i]), number(p.today.CellExposure[i]))
				i++
			}
		}
	}
	return t.end()
}

// All lists the status quo, the plan, what direct effects would lead to, and the scenarios.
func (p *Plan) All() []PlanValue {
	all := []PlanValue{p.StatusQuo, p.Best}
	if p.DirectOnly != nil {
		all = append(all, *p.DirectOnly)
	}
	return append(all, p.Scenarios...)
}

// writeScenarios writes a row for each plan, and the spend of its channels.
func (p *Plan) writeScenarios(w io.Writer) error {
	t := table{csv: csv.NewWriter(w)}
	head := []string{"plan", "spend", "kpi_value", "gain", "gain_low", "gain_high", "profit", "profit_low", "profit_high", "roi", "roi_low", "roi_high"}
	for _, c := range p.Best.Channels {
		head = append(head, cell.Text("spend_"+c.Name))
	}
	t.row(head...)
	for _, v := range p.All() {
		row := []string{cell.Text(v.Name), number(v.Spend), number(v.Value.Mean)}
		for _, f := range []PlanFigure{v.Gain, v.Profit, v.ROI} {
			row = append(row, number(f.Mean), number(f.Low), number(f.High))
		}
		for _, c := range v.Channels {
			row = append(row, number(c.Spend))
		}
		t.row(row...)
	}
	return t.end()
}

// LoadPlan reads plan.json from a folder; nil if there is none.
func LoadPlan(dir string) (*Plan, error) {
	path := filepath.Join(dir, PlanFile)
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: cannot read: %w", path, files.Cause(err))
	}
	defer f.Close()
	p := &Plan{}
	if err := jsonfile.Decode(f, p); err != nil {
		return nil, fmt.Errorf("%s: is not what plan wrote: %w (plan again)", path, err)
	}
	if p.Version != planFormat {
		return nil, fmt.Errorf("%s: is of version %d, and this program draws version %d (plan again)", path, p.Version, planFormat)
	}
	return p, p.check(path)
}

// check compares all lengths, so that whoever draws the plan need not.
func (p *Plan) check(path string) error {
	for _, v := range p.All() {
		if len(v.Channels) != len(p.Best.Channels) || len(v.Channels) == 0 {
			return fmt.Errorf("%s: %q has %d channels of %d (plan again)", path, v.Name, len(v.Channels), len(p.Best.Channels))
		}
		for m, c := range v.Channels {
			if c.Name != p.Best.Channels[m].Name || len(c.Weekly) != len(p.Weeks) || math.IsNaN(c.Spend) {
				return fmt.Errorf("%s: %q has other channels or weeks than the plan (plan again)", path, v.Name)
			}
		}
	}
	if len(p.Weeks) == 0 || len(p.Regions) == 0 {
		return fmt.Errorf("%s: names no regions or weeks (plan again)", path)
	}
	return nil
}
