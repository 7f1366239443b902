package train

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"

	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
	"deepcausalmmm/train/money"
)

// The number of draws from the posterior that returns and responses are made of: the most, and the least, of a panel that is so large
// that they would take longer than the draws of its effects; and the region-weeks times channels up to which it is the most.
const mostDraws, leastDraws, manyCells = 40, 20, 10_000

// accountDraws is the number of draws for a panel.
func accountDraws(p *panel.Panel) int {
	return min(max(mostDraws*manyCells/len(p.Media), leastDraws), mostDraws)
}

// CanAccountByRegion tells whether Account can say what channels return in each region: if the model reports effects, and the panel
// says what channels cost.
func (t *Trainer) CanAccountByRegion() error {
	if _, ok := t.training.(model.Explainer); !ok {
		return fmt.Errorf("model: %s reports no effects that could be valued (set preset: %s)", t.config.Model, RecommendedPreset)
	}
	for m := range t.panel.Channels {
		if _, ok := t.panel.SpendColumn(m); ok {
			return nil
		}
	}
	return errors.New("no channel has a column of spend (name the columns in data.spend)")
}

// Account computes what the channels of a result, fresh from Run, return and how they respond to more and less, in each region too
// if that is asked for. A model without markets has no accounts: then, and after an error, Result.Money is nil.
func (r *Result) Account(byRegion bool) error {
	fitted, ok := r.Fitted.(model.Marketed)
	if !ok || r.Inference == nil {
		return nil
	}
	markets, err := fitted.Markets(r.Panel, 0, 0, accountDraws(r.Panel))
	if err != nil {
		return err
	}
	r.Money, err = money.Of(money.Input{Panel: r.Panel, Effects: r.Inference.Effects, Parts: r.Parts, ByRegion: byRegion}, markets)
	return err
}

// returnLines rank the channels with a spend by what they return.
func (r *Result) returnLines() []string {
	if !r.hasReturns() {
		return nil
	}
	lines := []string{fmt.Sprintf("returns  %s per unit of spend, with what the channel moves in others (interval of 80 %%); then of the next 1 %%",
		r.unitOfValue())}
	for _, c := range r.Money.Ranked() {
		lines = append(lines, fmt.Sprintf("  %-24s %s (%s to %s)  next %s  %.0f %% of spend, %.0f %% of effect%s", c.Channel, brief(c.ROI.Value),
			brief(c.ROI.Low), brief(c.ROI.High), brief(c.Marginal.Value), 100*c.SpendShare, 100*c.EffectShare.Value, r.returnMark(c)))
	}
	return lines
}

// unitOfValue is what returns count: money, or the target's units.
func (r *Result) unitOfValue() string {
	if r.Money.Valued {
		return "revenue"
	}
	return cmp.Or(r.Details.Report.TargetName, "KPI")
}

// returnMark marks a return as its effect is.
func (r *Result) returnMark(c money.Channel) string {
	if mark := r.mark(c.Channel); mark != "" || c.Source != model.PartlyLearned {
		return mark
	}
	return partlyMark
}

// brief writes a figure with three digits, however large or small it is.
func brief(x float64) string {
	switch {
	case math.IsNaN(x):
		return "–"
	case x == 0:
		return "0"
	}
	decimals := 2 - int(math.Floor(math.Log10(math.Abs(x))))
	return strconv.FormatFloat(x, 'f', min(max(decimals, 0), 6), 64)
}

// hasReturns reports whether channels have returns.
func (r *Result) hasReturns() bool { return r.Money != nil && r.Money.Priced() }
