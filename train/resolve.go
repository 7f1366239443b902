package train

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"deepcausalmmm/internal/settings"
	"deepcausalmmm/internal/suggest"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/plan"
)

// knownChannels refuses bounds and prices of channels that the model does not have, or that nobody buys.
func (c *Constraints) knownChannels(p *panel.Panel) error {
	for _, section := range []struct {
		key   string
		names []string
	}{{channelsKey, slices.Sorted(maps.Keys(c.Channels))}, {pricesKey, slices.Sorted(maps.Keys(c.Prices))}} {
		for _, name := range section.names {
			m := slices.Index(p.Channels, name)
			switch place := below(section.key, name); {
			case m < 0:
				return c.errorAt(place, noSuch("channel", name, p.Channels))
			case p.Kind(m) != panel.Paid:
				return c.errorAt(place, fmt.Sprintf("is %s: nobody buys it, and it follows (take it out)", p.Kind(m)))
			}
		}
	}
	return nil
}

// noSuch says that there is nothing of a name, and what is nearest.
func noSuch(what, name string, names []string) string {
	if meant := suggest.Nearest(name, names); meant != "" {
		return fmt.Sprintf("no %s %q; did you mean %s?", what, name, meant)
	}
	const most = 12
	listed := strings.Join(names[:min(most, len(names))], ", ")
	if len(names) > most {
		listed += ", …"
	}
	return fmt.Sprintf("no %s %q (there is: %s)", what, name, listed)
}

// resolve returns what the constraints say of each channel, and their limits, by positions on a horizon.
func (c *Constraints) resolve(h *horizon) (channels []plan.Channel, limits []plan.Limit, err error) {
	today, M := h.spend(), len(h.Panel.Channels)
	for m, name := range h.Panel.Channels {
		of := plan.Channel{Name: name, Role: plan.Follows}
		b, bounded := c.Channels[name]
		switch {
		case h.buys(m):
			of.Role = plan.Free
		case bounded:
			return nil, nil, c.errorAt(below(channelsKey, name), "no spend is known of it, and the plan leaves it as it was (give its price under prices)")
		}
		if of.Role == plan.Free {
			spent := 0.0
			for i := m; i < len(today); i += M {
				spent += today[i]
			}
			if spent == 0 && b.spends() {
				return nil, nil, c.errorAt(below(channelsKey, name), "was off in the whole reference period, whose flighting a plan keeps "+
					"(give a plan table that has it on, or another reference period)")
			}
			limits = append(limits, c.bound(&of, b, m)...)
		}
		channels = append(channels, of)
	}
	for i := range c.Limits {
		more, err := c.limit(h, i)
		if err != nil {
			return nil, nil, err
		}
		limits = append(limits, more...)
	}
	return channels, limits, nil
}

// spends reports whether bounds ask for spend.
func (b ChannelBounds) spends() bool {
	return b.Min != nil && *b.Min > 0 || b.Fixed != nil && *b.Fixed > 0
}

// bound sets role, range and flight of a channel that is bought, and returns its limits in money. A bound in money takes the place of
// the multiple of its side.
func (c *Constraints) bound(of *plan.Channel, b ChannelBounds, m int) []plan.Limit {
	if b.Held {
		of.Role = plan.Held
		return nil
	}
	if b.MinFlight != nil {
		of.MinFlight = *b.MinFlight
	}
	between := plan.DefaultRange
	for _, r := range [][]float64{c.Relative, b.Relative} {
		if r != nil {
			between = [2]float64(r)
		}
	}
	least, most := b.Min, b.Max
	if b.Fixed != nil {
		least, most = b.Fixed, b.Fixed
	}
	if least != nil {
		between[0] = 0
		if most == nil && b.Relative == nil {
			between[1] = math.Inf(1)
		}
	}
	if most != nil {
		between[1] = math.Inf(1)
		if least == nil && b.Relative == nil {
			between[0] = 0
		}
	}
	of.Range = &between
	if least == nil && most == nil {
		return nil
	}
	return []plan.Limit{{Name: of.Name, Channels: []int{m}, Min: least, Max: most}}
}

// limit is rule i: one limit, or one of each region or week.
func (c *Constraints) limit(h *horizon, i int) ([]plan.Limit, error) {
	rule, place := c.Limits[i], settings.Item(limitsKey, i)
	horizon := h.Panel.Weeks[h.Span.From:h.Span.To]
	var at [3][]int
	for k, list := range []struct {
		key, what    string
		names, among []string
	}{
		{"channels", "channel", rule.Channels, h.Panel.Channels}, {"regions", "region", rule.Regions, h.Panel.Regions},
		{"weeks", h.Panel.Resolution.Noun(1), rule.Weeks, horizon},
	} {
		for _, name := range list.names {
			j := slices.Index(list.among, name)
			if j < 0 {
				return nil, c.errorAt(below(place, list.key), noSuch(list.what, name, list.among))
			}
			if k == 0 && !h.buys(j) {
				return nil, c.errorAt(below(place, list.key), fmt.Sprintf("%s has no spend to bound (take it out)", name))
			}
			at[k] = append(at[k], j)
		}
	}
	for j := range at[2] {
		at[2][j] += h.Span.From
	}
	base := plan.Limit{Name: rule.name(), Channels: at[0], Regions: at[1], Weeks: at[2], Min: rule.Min, Max: rule.Max, Relative: rule.Multiple}
	limits := []plan.Limit{base}
	if rule.EachRegion {
		limits = each(limits, at[1], 0, len(h.Panel.Regions), func(l *plan.Limit, r int) {
			l.Regions, l.Name = []int{r}, l.Name+" in "+h.Panel.Regions[r]
		})
	}
	if rule.EachWeek {
		limits = each(limits, at[2], h.Span.From, h.Span.To, func(l *plan.Limit, t int) {
			l.Weeks, l.Name = []int{t}, l.Name+" in "+h.Panel.Weeks[t]
		})
	}
	return limits, nil
}

// each repeats limits for each of some positions, or of all from one to another.
func each(limits []plan.Limit, some []int, from, to int, set func(*plan.Limit, int)) (out []plan.Limit) {
	if some == nil {
		for i := from; i < to; i++ {
			some = append(some, i)
		}
	}
	for _, l := range limits {
		for _, i := range some {
			one := l
			set(&one, i)
			out = append(out, one)
		}
	}
	return out
}

// name says what a rule bounds.
func (r LimitRule) name() string {
	what := "all channels"
	if len(r.Channels) > 0 {
		what = strings.Join(r.Channels, " + ")
	}
	if len(r.Regions) > 0 && !r.EachRegion {
		what += " in " + strings.Join(r.Regions, " + ")
	}
	if len(r.Weeks) > 0 && !r.EachWeek {
		what += " in " + strings.Join(r.Weeks, " + ")
	}
	return what
}
