package panel

import (
	"cmp"
	"fmt"
	"slices"
)

// Channel names the columns of a channel, for which globs and equal stems do not do.
type Channel struct {
	Name     string      `yaml:"name,omitempty" json:"name,omitempty"`         // "": the exposure's column
	Exposure string      `yaml:"exposure,omitempty" json:"exposure,omitempty"` // "": the spend is the exposure
	Spend    string      `yaml:"spend,omitempty" json:"spend,omitempty"`       // "": by its stem, see PairSpend
	Kind     ChannelKind `yaml:"kind,omitempty" json:"kind,omitempty"`         // Paid or Organic; "": Paid
}

func (c Channel) exposure() string { return cmp.Or(c.Exposure, c.Spend) }

func (c Channel) name() string { return cmp.Or(c.Name, c.exposure()) }

// Check returns the first key whose value contradicts another, and the problem; both are empty if all is well.
func (c Columns) Check() (key, problem string) {
	used := map[string]string{}
	for _, channel := range c.Channels {
		if problem := channel.problem(); problem != "" {
			return "channels", problem
		}
		for _, u := range []struct{ what, name string }{
			{"are called", channel.name()}, {"have the exposure", channel.exposure()}, {"have the spend", channel.Spend},
		} {
			if other, twice := used[u.what+u.name]; twice && u.name != "" {
				return "channels", fmt.Sprintf("%q and %q both %s %q: give each its own", other, channel.name(), u.what, u.name)
			}
			used[u.what+u.name] = channel.name()
		}
	}
	if (c.Long.Variable == "") != (c.Long.Value == "") {
		return "long", "names one column: write {variable: VariableName, value: VariableValue}"
	}
	if !slices.Contains([]string{"", refuseDuplicates, sumDuplicates, meanDuplicates}, c.Duplicates) {
		return "duplicates", fmt.Sprintf("%q is not one of error, sum, mean", c.Duplicates)
	}
	if x, isNumber := c.revenue(); isNumber && !(x > 0 && x <= maxMagnitude) {
		return "revenue_per_kpi", fmt.Sprintf("%g is no price of a unit: write a number above 0, or a column", x)
	}
	return "", ""
}

func (c Channel) problem() string {
	switch {
	case c.exposure() == "":
		return "a channel names no column: write {exposure: tv_grps, spend: tv_cost}, or one of them"
	case c.Kind == Mediator:
		return fmt.Sprintf("%q is a mediator: name its column under data.mediators", c.name())
	case c.Kind != "" && c.Kind != Paid && c.Kind != Organic:
		return fmt.Sprintf("the kind of %q is %q, which is not one of paid, organic", c.name(), c.Kind)
	case c.Kind == Organic && c.Spend != "":
		return fmt.Sprintf("%q is organic and has the spend %q: leave one of them out", c.name(), c.Spend)
	}
	return ""
}

// channel describes the channel whose exposure a column is.
func (c Columns) channel(column string) Channel {
	for _, channel := range c.Channels {
		if channel.exposure() == column {
			return channel
		}
	}
	return Channel{Exposure: column}
}

// WithoutMoney is the columns without spend, population and revenue. A spend that is an exposure remains one.
func (c Columns) WithoutMoney() Columns {
	c.Spend, c.Population, c.Revenue = nil, "", ""
	channels := make([]Channel, len(c.Channels))
	for i, channel := range c.Channels {
		channels[i] = Channel{Name: channel.Name, Exposure: channel.exposure(), Kind: channel.Kind}
	}
	c.Channels = channels
	return c
}
