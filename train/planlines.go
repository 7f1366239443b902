package train

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"deepcausalmmm/panel/notice"
	"deepcausalmmm/train/plan"
)

// Lines say what a plan changes, in a terminal.
func (p *Plan) Lines() []string {
	lines := []string{fmt.Sprintf("plan     %s; %s", p.Span(), p.Aim()), "         " + p.Basis()}
	lines = append(lines, p.channelLines()...)
	lines = append(lines, p.gainLines()...)
	for _, b := range p.Binding {
		lines = append(lines, "binding  "+b.String())
	}
	lines = append(lines, p.scenarioLines()...)
	for _, n := range p.Notices {
		lines = append(lines, n.Line())
	}
	for _, note := range slices.Concat(p.Notes, p.Best.Notes) {
		lines = append(lines, "note: "+note)
	}
	for _, b := range p.Best.Beyond {
		lines = append(lines, "warning: beyond what the training saw: "+b.String())
	}
	return lines
}

// Span says which weeks are planned.
func (p *Plan) Span() string {
	regions := fmt.Sprintf("%d regions", len(p.Regions))
	if len(p.Regions) == 1 {
		regions = p.Regions[0]
	}
	return fmt.Sprintf("%d %s, %s to %s, %s", len(p.Weeks), p.Every.RowNoun(len(p.Weeks)), p.Weeks[0], p.Weeks[len(p.Weeks)-1], regions)
}

// Aim says what the plan is for.
func (p *Plan) Aim() string {
	amount := compactly(p.Goal.Amount)
	var aim string
	switch p.Goal.Kind {
	case plan.LeastBudget:
		aim = fmt.Sprintf("the least spend for %s of %s", amount, p.Unit())
	case plan.MarginalROI:
		aim = fmt.Sprintf("all money whose next unit returns %s or more", amount)
	case plan.TotalROI:
		aim = fmt.Sprintf("the most %s whose ratio to all spend is %s or more", p.Unit(), amount)
	default:
		aim = fmt.Sprintf("the most %s for a spend of %s", p.Unit(), amount)
	}
	if p.Risk > 0 {
		aim += fmt.Sprintf(" at the %g quantile of the gain", p.Risk)
	}
	return aim
}

// Unit is what values are counted in.
func (p *Plan) Unit() string {
	if p.Money {
		return "value of " + p.KPI
	}
	return p.KPI
}

// Basis says what the status quo is.
func (p *Plan) Basis() string {
	switch {
	case p.Past:
		return "status quo: what was done in these " + p.Every.RowNoun(2)
	case p.Planned:
		return fmt.Sprintf("status quo: the table's exposure, at the prices of %s to %s", p.Reference[0], p.Reference[1])
	}
	return fmt.Sprintf("status quo: exposure, prices and controls as from %s to %s", p.Reference[0], p.Reference[1])
}

// channelLines are a table of the channels that cost money.
func (p *Plan) channelLines() []string {
	width := len("channel")
	for _, c := range p.Best.Channels {
		width = max(width, utf8.RuneCountInString(c.Name))
	}
	width = min(width, 32)
	lines := []string{fmt.Sprintf("  %-*s %12s → %-12s %8s  %-20s  %s", width, "channel", "spend today", "plan", "change", "marginal ROI", "sells itself, change (at 80 %)")}
	for m, c := range p.Best.Channels {
		today := p.StatusQuo.Channels[m]
		if c.Role == plan.Follows && c.Spend == 0 && today.Spend == 0 {
			if c.Change.Mean != 0 {
				lines = append(lines, strings.TrimRight(fmt.Sprintf("  %-*s %12s   %-12s %8s  %-20s  %s", width, c.Name, "", "follows", "", "", p.interval(c.Change)), " ")+p.mark(c.Name))
			}
			continue
		}
		lines = append(lines, fmt.Sprintf("  %-*s %12s → %-12s %8s  %-20s  %s%s", width, c.Name, compactly(today.Spend), compactly(c.Spend), relativeTo(today.Spend, c.Spend),
			marginal(today.MarginalTotal, c), p.interval(c.Change), p.mark(c.Name)))
	}
	lines = append(lines, fmt.Sprintf("  %-*s %12s → %-12s %8s", width, "all", compactly(p.StatusQuo.Spend), compactly(p.Best.Spend), relativeTo(p.StatusQuo.Spend, p.Best.Spend)))
	if len(p.Marked) > 0 {
		lines = append(lines, "  "+notice.MarkNote)
	}
	return lines
}

func (p *Plan) mark(channel string) string {
	if slices.Contains(p.Marked, channel) {
		return " *"
	}
	return ""
}

// marginal is the marginal ROI before and after, and why it may differ from others.
func marginal(before float64, c PlanChannel) string {
	return strings.TrimRight(fmt.Sprintf("%s → %s %s", threeDigits(before), threeDigits(c.MarginalTotal), c.Says()), " ")
}

// Says why the channel's marginal ROI may differ from others; nothing of a channel that is free.
func (c PlanChannel) Says() string {
	switch {
	case c.Role == plan.Held:
		return "held"
	case c.AtBound != "":
		return "at " + c.AtBound
	}
	return ""
}

// gainLines say what the plan gains, and what of it came through the graph.
func (p *Plan) gainLines() []string {
	g := p.Best.Gain
	line := fmt.Sprintf("gain     %s of %s", p.interval(g), p.Unit())
	if v := p.StatusQuo.Value.Mean; v > 0 {
		line += fmt.Sprintf(", %+.2f %% of the %s", 100*g.Mean/v, p.Every.RowNoun(2))
	}
	lines := []string{line}
	if p.Money {
		lines = append(lines, fmt.Sprintf("profit   %s: the gain minus the change of spend", p.interval(p.Best.Profit)))
	}
	if g.Low <= 0 {
		lines = append(lines, "warning: the gain may be nothing or a loss: its interval of 80 % is not above 0 (--risk 0.2 plans more cautiously)")
	}
	if p.DirectOnly != nil {
		direct := p.interval(p.DirectOnly.Gain)
		if p.DirectOnly.Gain.Mean > g.Mean {
			direct += ", but its spend need not keep to all constraints"
		}
		lines = append(lines, fmt.Sprintf("graph    the same decisions gain %s where no channel moves another, so %s came through the graph",
			signedly(p.CutGain.Mean), signedly(g.Mean-p.CutGain.Mean)), "         planned on direct effects only, the gain would be "+direct)
	}
	return lines
}

func (p *Plan) scenarioLines() []string {
	if len(p.Scenarios) == 0 {
		return nil
	}
	lines := []string{"plans    spend, gain on the status quo and ROI, at 80 %"}
	for _, v := range p.All() {
		lines = append(lines, fmt.Sprintf("  %-24s %12s  %-36s  %s", v.Name, compactly(v.Spend), p.interval(v.Gain),
			fmt.Sprintf("%s (%s to %s)", threeDigits(v.ROI.Mean), threeDigits(v.ROI.Low), threeDigits(v.ROI.High))))
	}
	for _, v := range p.Scenarios {
		for _, note := range v.Notes {
			lines = append(lines, fmt.Sprintf("note: %s: %s", v.Name, note))
		}
		for _, b := range v.Beyond {
			lines = append(lines, fmt.Sprintf("warning: %s, beyond what the training saw: %s", v.Name, b))
		}
	}
	return lines
}

// String says what a unit more of the constraint would bring.
func (b PlanBinding) String() string {
	return fmt.Sprintf("%s: one more unit changes the optimum by %s (%s)", b.Constraint, compactly(b.Shadow), b.Unit)
}

func (p *Plan) interval(f PlanFigure) string {
	return fmt.Sprintf("%s (%s to %s)", signedly(f.Mean), signedly(f.Low), signedly(f.High))
}

// compactly writes an amount with about five digits.
func compactly(x float64) string {
	switch size := math.Abs(x); {
	case math.IsNaN(x):
		return "–"
	case size >= 1e9:
		return fmt.Sprintf("%.4gbn", x/1e9)
	case size >= 1e6:
		return fmt.Sprintf("%.4gm", x/1e6)
	case size >= 1e4:
		return fmt.Sprintf("%.4gk", x/1e3)
	case size < 1e-9:
		return "0"
	}
	return fmt.Sprintf("%.4g", x)
}

// signedly is compactly of a change.
func signedly(x float64) string {
	if x > 0 {
		return "+" + compactly(x)
	}
	return compactly(x)
}

func threeDigits(x float64) string {
	if math.IsNaN(x) {
		return "–"
	}
	return fmt.Sprintf("%.3g", x)
}

// relativeTo is a change in per cent.
func relativeTo(before, after float64) string {
	if !(before > 0) {
		return ""
	}
	return strings.Replace(fmt.Sprintf("%+.1f %%", 100*(after/before-1)), "-0.0", "+0.0", 1)
}
