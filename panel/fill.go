package panel

import (
	"fmt"
	"math"
	"slices"
)

// column is a column of a panel while it is read: its values [R, T], NaN where missing.
type column struct {
	role   role
	name   string
	values []float64
}

// fill sets what the rows say of the cells of the grid.
func (r *records) fill(p *Panel, g *grid) error {
	cells := len(g.line)
	columns := make([]column, r.width())
	for k := range columns {
		columns[k] = column{r.roles[r.key+1+k], r.columns[r.key+1+k], missing(cells)}
		for i := range r.rows {
			columns[k].values[g.cell[i]] = r.values[i*r.width()+k]
		}
	}
	columns, err := r.expand(p, columns)
	if err != nil {
		return err
	}
	p.Report.Words = r.words // expand knew which of them were levels
	p.Channels, p.Media = interleave(columns, mediaRole, mediatorRole)
	p.Controls, p.Control = interleave(columns, controlRole, treatmentRole)
	_, p.Target = interleave(columns, targetRole)
	_, p.Spend = interleave(columns, spendRole)
	_, p.Revenue = interleave(columns, revenueRole)
	r.name(p, columns)
	if err := checkDistinct(r.file, slices.Concat(p.Channels, p.Controls)); err != nil {
		return err
	}
	if x, isNumber := r.spec.revenue(); isNumber {
		p.Revenue = slices.Repeat([]float64{x}, cells)
	}
	if _, people := interleave(columns, populationRole); people != nil {
		return p.setPopulation(people)
	}
	return nil
}

// expand replaces columns of words by the indicators of their levels.
func (r *records) expand(p *Panel, columns []column) ([]column, error) {
	var out []column
	for k, c := range columns {
		texts := r.texts[r.key+1+k]
		known := slices.ContainsFunc(r.spec.Categories, func(k Category) bool { return k.Column == c.name })
		if texts == nil || !texts.words && !(known && texts.line == 0) {
			if known && texts != nil {
				return nil, r.fail(texts.line, r.key+1+k, texts.first, "is a number, but the training had words in this column",
					"write the words of the training")
			}
			if texts != nil {
				for text, n := range texts.missing {
					r.word(c.role, text, n)
				}
			}
			out = append(out, c)
			continue
		}
		category, indicators, err := texts.indicators(c.name, c.values, p.HasRow, r.spec.Categories)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.file, err)
		}
		p.Categories = append(p.Categories, category)
		p.Report.Categories = p.Categories
		for l, level := range category.Levels[1:] {
			out = append(out, column{c.role, Indicator(c.name, level), indicators[l]})
		}
	}
	return out, nil
}

// name gives channels their names and kinds, marks treatments and pairs spend with channels.
func (r *records) name(p *Panel, columns []column) {
	mediators := len(r.names[mediatorRole])
	p.SpendOf = slices.Repeat([]int{-1}, len(p.Channels))
	for m, exposure := range p.Channels {
		c := r.spec.channel(exposure)
		if m >= len(p.Channels)-mediators {
			c = Channel{Exposure: exposure, Kind: Mediator}
		}
		p.Channels[m] = c.name()
		p.SpendOf[m] = slices.Index(p.SpendNames, c.Spend)
		if c.Kind != "" && c.Kind != Paid {
			if p.Kinds == nil {
				p.Kinds = slices.Repeat([]ChannelKind{Paid}, len(p.Channels))
			}
			p.Kinds[m] = c.Kind
		}
	}
	for _, c := range columns {
		if c.role == controlRole || c.role == treatmentRole {
			p.Treatments = append(p.Treatments, c.role == treatmentRole)
		}
	}
	if !slices.Contains(p.Treatments, true) {
		p.Treatments = nil
	}
}

// checkDistinct refuses a channel's name or an indicator's that another column has.
func checkDistinct(file string, names []string) error {
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return fmt.Errorf("%s: two channels or controls are called %q (rename the column, or the channel under data.channels)", file, name)
		}
	}
	return nil
}

// interleave returns the names of the columns of some roles and their values, [R, T, names]; nil if there is none.
func interleave(columns []column, roles ...role) (names []string, values []float64) {
	var of []column
	for _, as := range roles {
		for _, c := range columns {
			if c.role == as {
				of, names = append(of, c), append(names, c.name)
			}
		}
	}
	if len(of) == 0 {
		return nil, nil
	}
	values = make([]float64, 0, len(of)*len(of[0].values))
	for i := range of[0].values {
		for _, c := range of {
			values = append(values, c.values[i])
		}
	}
	return names, values
}

// unsteady is how far a region's population may vary over the weeks, in parts of its mean, without a word.
const unsteady = 0.2

// setPopulation takes the mean of each region's known weeks.
func (p *Panel) setPopulation(people []float64) error {
	T := len(p.Weeks)
	for r, region := range p.Regions {
		sum, n, low, high := 0.0, 0.0, math.Inf(1), 0.0
		for _, x := range people[r*T : (r+1)*T] {
			if !math.IsNaN(x) {
				sum, n, low, high = sum+x, n+1, min(low, x), max(high, x)
			}
		}
		if n == 0 {
			return fmt.Errorf("%sregion %q has no population in any row (write it, or leave data.population out)",
				prefix(p.Report.File), region)
		}
		p.Population = append(p.Population, sum/n)
		if high-low > unsteady*sum/n {
			p.Report.UnsteadyPopulation = append(p.Report.UnsteadyPopulation, region)
		}
	}
	return nil
}
