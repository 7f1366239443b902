package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"deepcausalmmm/train/model"
	"deepcausalmmm/train/money"
)

// returns is the section on what channels return for what they cost, and how they respond to more and less.
type returns struct {
	Unit    string // what is returned: revenue, or the target
	Valued  bool   // in money
	Target  string
	Both    *bars // average and marginal returns; nil without a spend
	Shares  *bars // of spend and of effect; nil with less than two channels with a spend
	Rows    []money.Channel
	Compare *chart   // responses of all channels; nil if there is one
	Curves  []*chart // of each channel
	Pale    string   // what pale bars mean; empty if there are none
	Priced  bool
}

// unitOfValue is what a return counts: money if the panel says what a unit of the target is worth.
func (d *drawing) unitOfValue() string {
	if d.Money.Valued {
		return "revenue"
	}
	return oneLine(d.target())
}

func (d *drawing) returns() *returns {
	if d.Money == nil {
		return nil
	}
	out := &returns{Unit: d.unitOfValue(), Valued: d.Money.Valued, Target: oneLine(d.target()), Priced: d.Money.Priced()}
	out.Compare, out.Curves = d.responses()
	for _, k := range d.byReturn() {
		row := d.Money.Channels[k]
		row.Channel = d.full(d.ofKind(model.Media)[k])
		out.Rows = append(out.Rows, row)
	}
	if out.Priced {
		out.Both, out.Shares, out.Pale = d.bothReturns(), d.spendAndEffect(), d.pale()
	}
	return out
}

// byReturn lists the channels, by their number, with the highest return first; those without one are last, the largest effect first.
func (d *drawing) byReturn() []int {
	order := make([]int, len(d.Money.Channels))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := d.Money.Channels[a], d.Money.Channels[b]
		switch {
		case x.ROI.Exists() && y.ROI.Exists():
			return cmp.Compare(y.ROI.Value, x.ROI.Value)
		case x.ROI.Exists():
			return -1
		case y.ROI.Exists():
			return 1
		}
		return cmp.Compare(y.Total.Value, x.Total.Value)
	})
	return order
}

// paying lists the channels with a return, the highest first.
func (d *drawing) paying() []int {
	return slices.DeleteFunc(d.byReturn(), func(k int) bool { return !d.Money.Channels[k].ROI.Exists() })
}

// pale is a class for what the data do not, or only partly, tell.
func paleClass(s model.Source) string {
	switch s {
	case model.Assumed:
		return " assumed"
	case model.PartlyLearned:
		return " partly"
	}
	return ""
}

// pale says which of the channels with a return have pale bars.
func (d *drawing) pale() string {
	var of [2][]string
	for _, k := range d.paying() {
		name := oneLine(d.Money.Channels[k].Channel)
		switch d.Money.Channels[k].Source {
		case model.Assumed:
			of[0] = append(of[0], name)
		case model.PartlyLearned:
			of[1] = append(of[1], name)
		}
	}
	var said []string
	for i, what := range []string{"is assumed, not learned from the data", "is learned in part, the rest is assumed"} {
		if len(of[i]) > 0 {
			said = append(said, fmt.Sprintf("the return of %s %s", strings.Join(of[i], ", "), what))
		}
	}
	if said == nil {
		return ""
	}
	return "Pale: " + strings.Join(said, "; ") + "."
}

// returnBar is the bar of a return with its interval.
func (d *drawing) returnBar(k int, f money.Figure, label, look, what string) bar {
	c := d.Money.Channels[k]
	return bar{
		Label: label, Full: oneLine(c.Channel) + what, Look: look + paleClass(c.Source), To: f.Value, Ranges: [][2]float64{{f.Low, f.High}},
		Text: fmt.Sprintf("%s (%s to %s)", figure(f.Value), figure(f.Low), figure(f.High)), Tight: label == "",
	}
}

// figure writes a return with three digits.
func figure(x float64) string { return compactly(toDigits(x, 3)) }

// topReturns are the returns as the summary shows them.
func (d *drawing) topReturns() *bars {
	if d.Money == nil || len(d.paying()) == 0 {
		return nil
	}
	b := &bars{ID: "returns-top", Title: "What each channel returned", Caption: fmt.Sprintf("%s per unit of spend, with what the channel moves in "+
		"others. Lines are intervals of 80 %%.", capital(d.unitOfValue()))}
	d.breakEven(b)
	if pale := d.pale(); pale != "" {
		b.Caption += " " + pale
	}
	media := d.ofKind(model.Media)
	for _, k := range d.paying() {
		b.Rows = append(b.Rows, d.returnBar(k, d.Money.Channels[k].ROI, d.short[media[k]], "all", ""))
	}
	return b
}

// breakEven marks where a unit of spend returns a unit of money.
func (d *drawing) breakEven(b *bars) {
	if d.Money.Valued {
		b.Rule = &rule{At: 1, Name: "break-even"}
	}
}

// bothReturns are the returns of all spend, and of the next 1 %.
func (d *drawing) bothReturns() *bars {
	b := &bars{ID: "returns-bars", Title: "On average, and of the next 1 %", Caption: fmt.Sprintf("%s per unit of spend: above, of all that was "+
		"spent; below, of a little more. The difference is saturation.", capital(d.unitOfValue()))}
	d.breakEven(b)
	media := d.ofKind(model.Media)
	for _, k := range d.paying() {
		c := d.Money.Channels[k]
		b.Rows = append(b.Rows, d.returnBar(k, c.ROI, d.short[media[k]], "all", ", average"))
		if c.Marginal.Exists() {
			b.Rows = append(b.Rows, d.returnBar(k, c.Marginal, "", "direct", ", next 1 %"))
		}
	}
	return b
}

// spendAndEffect compares the channels' parts of spend with their parts of the total effects.
func (d *drawing) spendAndEffect() *bars {
	b := &bars{ID: "spend", Title: "Share of spend and of effect", Caption: "Of the channels whose spend is given: each one's part of the sum of " +
		"their total effects, with its interval, and of what they cost together."}
	media := d.ofKind(model.Media)
	for _, k := range d.paying() {
		c := d.Money.Channels[k]
		if !c.EffectShare.Exists() {
			continue
		}
		name := oneLine(c.Channel)
		b.Rows = append(b.Rows,
			bar{Label: d.short[media[k]], Full: name, Look: d.looks[media[k]] + paleClass(c.Source), To: c.EffectShare.Value,
				Ranges: [][2]float64{{c.EffectShare.Low, c.EffectShare.High}}, Text: percent(c.EffectShare.Value) + " effect"},
			bar{Full: name, Look: "cost", To: c.SpendShare, Text: percent(c.SpendShare) + " spend", Tight: true})
	}
	if len(b.Rows) < 4 {
		return nil // the part of one channel is all
	}
	return b
}

// returnsInWords says what the channels returned, how sure that is, and where the next spend would return most.
func (d *drawing) returnsInWords() []string {
	order, unit := d.paying(), d.unitOfValue()
	media := d.ofKind(model.Media)
	name := func(k int) string { return d.long[media[k]] }
	told := func(f money.Figure) string {
		return fmt.Sprintf("%s (%s to %s)", figure(f.Value), figure(f.Low), figure(f.High))
	}
	best := d.Money.Channels[order[0]]
	text := fmt.Sprintf("%s returned %s of %s per unit of spend", name(order[0]), told(best.ROI), unit)
	if last := order[len(order)-1]; len(order) > 1 {
		text = fmt.Sprintf("%s returned most for its spend, %s of %s per unit; %s least, %s", name(order[0]), told(best.ROI), unit, name(last),
			told(d.Money.Channels[last].ROI))
	}
	said := []string{text + "; in brackets the intervals of 80 %."}
	if d.Money.Valued {
		said = append(said, d.breakingEven(order, name))
	} else {
		said = append(said, fmt.Sprintf("The panel does not say what a unit of %s is worth, so that returns are in %[1]s, not in money: "+
			"set revenue_per_kpi to compare them with their costs.", d.target()))
	}
	var next []int
	for _, k := range order {
		if d.Money.Channels[k].Marginal.Exists() {
			next = append(next, k)
		}
	}
	slices.SortStableFunc(next, func(a, b int) int {
		return cmp.Compare(d.Money.Channels[b].Marginal.Value, d.Money.Channels[a].Marginal.Value)
	})
	if len(next) > 1 {
		first, last := next[0], next[len(next)-1]
		said = append(said, fmt.Sprintf("A little more spend would return most in %s, %s per unit, and least in %s, %s.", name(first),
			told(d.Money.Channels[first].Marginal), name(last), told(d.Money.Channels[last].Marginal)))
	}
	return said
}

// breakingEven says which channels return what they cost.
func (d *drawing) breakingEven(order []int, name func(int) string) string {
	var sure, open, not []string
	for _, k := range order {
		switch roi := d.Money.Channels[k].ROI; {
		case roi.Low > 1:
			sure = append(sure, name(k))
		case roi.High < 1:
			not = append(not, name(k))
		default:
			open = append(open, name(k))
		}
	}
	var said []string
	for _, group := range []struct {
		what  string
		names []string
	}{{"above spend for", sure}, {"below spend for", not}, {"above or below, which the interval does not tell, for", open}} {
		if len(group.names) > 0 {
			said = append(said, group.what+" "+strings.Join(group.names, ", "))
		}
	}
	return "Revenue is " + strings.Join(said, "; ") + "."
}

// capital has the first letter in upper case.
func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}
