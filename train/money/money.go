// Package money says what channels return: spend beside contribution, return on investment, the return of the next 1 %, and the
// response to more and to less of each channel. It knows a model by its effects and by markets, draws from its posterior that
// answer what planners' decisions lead to; any model.Marketed has them. Start reading at Of.
package money

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// Input is what returns are computed from.
type Input struct {
	Panel    *panel.Panel
	Effects  []model.Effect // direct, indirect and total of each channel, over all regions and weeks
	Parts    []model.Part   // all weeks of the panel; their components say where and when channels sell directly
	ByRegion bool           // also compute Accounts.Regions
}

// Accounts are the returns of all channels over all weeks of a panel, holdout included: the weeks that effects cover.
//
// The contributions are those of the effects, point and interval. Everything else that an effect does not have, such as a curve,
// comes from the markets and is anchored to them: its centre is the mean of the markets plus the difference between effect and
// mean, in proportion to the direct effect; its width is that of the markets, each side stretched by the factor that makes the
// contribution's interval the effect's.
type Accounts struct {
	Valued    bool        `json:"valued"` // value is money; otherwise it is the KPI
	Draws     int         `json:"draws"`  // number of markets
	Channels  []Channel   `json:"channels"`
	Regions   [][]Channel `json:"-"` // [R][M]; nil unless Input.ByRegion
	Responses []Response  `json:"responses"`
}

// Channel is a channel's account. Figures that do not exist are NaN: those per unit of spend if there is none.
type Channel struct {
	Channel string            `json:"channel"`
	Kind    panel.ChannelKind `json:"kind"`
	Source  model.Source      `json:"source,omitempty"` // how far the data determine the effect

	Exposure float64 `json:"exposure"` // in the table's units; region-weeks without a row have what the model fills in
	Priced   bool    `json:"priced"`   // the channel is paid, and has a column of spend with something in it
	Spend    float64 `json:"spend"`    // in the panel's money; region-weeks without a row at the region's price
	Moved    Figure  `json:"moved"`    // spend in other channels that follows from this one being on

	Direct      Figure `json:"direct"` // KPI units, as in effects.csv
	Total       Figure `json:"total"`
	DirectValue Figure `json:"direct_value"` // in money if Accounts.Valued, else the same
	TotalValue  Figure `json:"total_value"`

	ROIDirect   Figure  `json:"roi_direct"`   // value of the direct contribution ÷ spend
	ROI         Figure  `json:"roi_total"`    // value of the total contribution ÷ (spend + moved)
	Marginal    Figure  `json:"marginal_roi"` // the same of the next 1 % of the channel's lever
	Cost        Figure  `json:"cost_per_kpi"` // (spend + moved) ÷ total contribution; High is NaN if nothing bounds it
	PerExposure Figure  `json:"per_exposure"` // total contribution ÷ exposure
	SpendShare  float64 `json:"spend_share"`  // of the spend of all channels
	EffectShare Figure  `json:"effect_share"` // of the sum of total effects of all channels that have a spend
}

// Priced reports whether any channel has a spend, and so a return.
func (a *Accounts) Priced() bool {
	for _, c := range a.Channels {
		if c.Priced {
			return true
		}
	}
	return false
}

// Ranked lists the channels with a return, the highest first.
func (a *Accounts) Ranked() []Channel {
	ranked := slices.DeleteFunc(slices.Clone(a.Channels), func(c Channel) bool { return !c.ROI.Exists() })
	slices.SortStableFunc(ranked, func(a, b Channel) int { return cmp.Compare(b.ROI.Value, a.ROI.Value) })
	return ranked
}

// Of computes the returns of a fitted model from its markets on the input's panel. It takes some twenty runs of each market for each
// group of channels that move no channel in common, on all cores; the result does not depend on their number.
func Of(in Input, markets []model.Market) (*Accounts, error) {
	M := len(in.Panel.Channels)
	if len(markets) == 0 {
		return nil, errors.New("money: no markets")
	}
	if len(in.Effects) != 3*M {
		return nil, fmt.Errorf("money: %d effects of %d channels, not %d", len(in.Effects), M, 3*M)
	}
	b, err := newBooks(in, markets[0])
	if err != nil {
		return nil, err
	}
	draws, err := b.evaluate(markets)
	if err != nil {
		return nil, err
	}
	a := &Accounts{Valued: len(in.Panel.Revenue) > 0, Draws: len(markets), Channels: make([]Channel, M)}
	for c := range M {
		own := b.entry(c, draws[c])
		a.Channels[c] = own.account(national)
		a.Responses = append(a.Responses, own.response(a.Channels[c]))
	}
	b.share(a.Channels, draws, national)
	if in.ByRegion {
		for r := range in.Panel.Regions {
			here := make([]Channel, M)
			for c := range M {
				here[c] = b.entry(c, draws[c]).account(r + 1)
			}
			b.share(here, draws, r+1)
			a.Regions = append(a.Regions, here)
		}
	}
	return a, nil
}
