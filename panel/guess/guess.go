// Package guess proposes the roles of a table's columns from their names and values, as a start for a person who corrects
// them. Start reading at Roles.
package guess

import (
	"fmt"
	"slices"

	"deepcausalmmm/panel/naming"
)

// Role is what a column is proposed for.
type Role string

// The roles. LeftOut is for columns that tell the model nothing, or that it must not see.
const (
	Region     Role = "region"
	Time       Role = "week"
	Target     Role = "target"
	Exposure   Role = "media"
	Organic    Role = "organic"
	Spend      Role = "spend"
	Control    Role = "controls"
	Treatment  Role = "treatments"
	Mediator   Role = "mediators"
	Population Role = "population"
	Revenue    Role = "revenue_per_kpi"
	Variable   Role = "long.variable"
	Value      Role = "long.value"
	LeftOut    Role = ""
)

// Words say what a column of the role is taken for.
func (r Role) Words() string {
	if r == LeftOut {
		return "left out"
	}
	return "taken for " + string(r)
}

// Column is a column with its proposed role.
type Column struct {
	Name   string
	Role   Role
	Why    string // in a few words
	Unsure bool   // a person should look at it
}

// Guess is a proposal for all columns of a table.
type Guess struct {
	Columns []Column // in the order of the table
	Repeats bool     // a region and date are on several rows
}

// Of lists the columns of a role, in the order of the table.
func (g Guess) Of(role Role) (names []string) {
	for _, c := range g.Columns {
		if c.Role == role {
			names = append(names, c.Name)
		}
	}
	return names
}

// First is the first column of a role, or "".
func (g Guess) First(role Role) string {
	if names := g.Of(role); len(names) > 0 {
		return names[0]
	}
	return ""
}

// Questions are what a person has to decide before a training can run, most important first.
func (g Guess) Questions() (questions []string) {
	ask := func(missing bool, question string) {
		if missing {
			questions = append(questions, question)
		}
	}
	ask(g.First(Time) == "", "no column has dates: name the one that holds the week, day or month under data.week")
	ask(g.First(Target) == "", "no column looks like sales: name what is to be explained under data.target")
	ask(len(g.Of(Exposure))+len(g.Of(Organic))+len(g.Of(Both)) == 0, "no column looks like a channel: name exposures under data.media")
	ask(g.Repeats, "several rows have the same region and date: say under data.duplicates whether they add up (sum) or repeat (mean)")
	return questions
}

// Roles proposes a role for each column of a table, given a reading of dates: whether texts are the dates of one column. Of a long
// table the columns are proposed, and its variables by OfVariables.
func Roles(t *Table, dates func([]string) bool) Guess {
	g := Guess{Columns: make([]Column, len(t.Names))}
	decided := make([]bool, len(t.Names))
	decide := func(i int, c Column) {
		c.Name = t.Names[i]
		g.Columns[i], decided[i] = c, true
	}
	keys := findKeys(t, dates)
	g.Repeats = keys.repeats
	if keys.time >= 0 {
		decide(keys.time, Column{Role: Time, Why: "holds dates"})
	}
	if keys.region >= 0 {
		decide(keys.region, Column{Role: Region, Why: fmt.Sprintf("%d names, each with dates of its own", t.levels(keys.region))})
	}
	if variable, value := findLong(t, decided); variable >= 0 {
		decide(variable, Column{Role: Variable, Why: "names what each row measures"})
		decide(value, Column{Role: Value, Why: "holds what each row measures"})
	}
	for i := range t.Names {
		if !decided[i] {
			decide(i, propose(t, i, keys))
		}
	}
	g.oneTarget()
	g.spendAlone()
	return g
}

// propose applies the first rule that fits a column.
func propose(t *Table, i int, k keys) Column {
	words, s := tokens(t.Names[i]), t.summary(i)
	has := func(list map[string]bool) bool {
		return slices.ContainsFunc(words, func(w string) bool { return list[w] })
	}
	last := ""
	if len(words) > 0 {
		last = words[len(words)-1]
	}
	number := s.kind == numbers
	switch {
	case t.Names[i] == "" || slices.Equal(words, []string{"unnamed"}):
		return Column{Why: "an index without a name"}
	case s.levels <= 1:
		return Column{Why: "has one value in every row"}
	case s.kind == texts && s.levels <= maxLevels:
		return Column{Role: Control, Why: fmt.Sprintf("%d words, each of which becomes an indicator", s.levels), Unsure: !has(controlWords)}
	case s.kind == texts:
		return Column{Why: fmt.Sprintf("%d different texts", s.levels), Unsure: true}
	case all(words, seasonWords) && t.dependsOn(i, k.time):
		return Column{Why: "follows from the date: the model has a trend and a season of its own"}
	case number && has(populationWords):
		return Column{Role: Population, Why: "its name"}
	case number && slices.Contains(words, "per") && has(moneyWords):
		return Column{Role: Revenue, Why: "its name"}
	case number && has(controlWords):
		return Column{Role: Control, Why: "its name"}
	case number && (has(naming.Money) || has(spendWords)), number && last == "s":
		return Column{Role: Spend, Why: "its name"}
	case number && has(organicWords) && !s.negative:
		return Column{Role: Organic, Why: "its name: reaches people without being paid for each of them"}
	case number && has(mediatorWords):
		return Column{Role: Mediator, Why: "its name: media move it, and it sells", Unsure: true}
	case number && (has(naming.Exposure) || has(exposureWords)) && !s.negative, number && !s.negative && (last == "i" || last == "p"):
		return Column{Role: Exposure, Why: "its name"}
	case number && has(treatmentWords):
		return Column{Role: Treatment, Why: "its name: the firm sets it"}
	case number && has(targetWords):
		return Column{Role: Target, Why: "its name"}
	case number && has(channelWords) && !s.negative:
		return Column{Role: Exposure, Why: "named like a channel"}
	}
	return Column{Role: Control, Why: "a number of unknown meaning", Unsure: true}
}

// all reports whether every word is in a list.
func all(words []string, list map[string]bool) bool {
	return len(words) > 0 && !slices.ContainsFunc(words, func(w string) bool { return !list[w] })
}

// oneTarget keeps the most likely target. The others are left out: what is sold cannot explain what is sold.
func (g *Guess) oneTarget() {
	best, rank := -1, 0
	for i, c := range g.Columns {
		if c.Role != Target {
			continue
		}
		if r := targetRank(c.Name); best < 0 || r < rank {
			best, rank = i, r
		}
	}
	several := len(g.Of(Target)) > 1
	for i := range g.Columns {
		c := &g.Columns[i]
		switch {
		case c.Role != Target:
		case i == best:
			c.Unsure = several
		default:
			c.Role, c.Why, c.Unsure = LeftOut, fmt.Sprintf("an outcome, like %s", g.Columns[best].Name), true
		}
	}
}

// spendAlone makes exposure of spend for which the table has no exposure.
func (g *Guess) spendAlone() {
	spend := g.Of(Spend)
	paid := naming.PairSpend(append(g.Of(Exposure), g.Of(Organic)...), spend)
	for i, c := range g.Columns {
		if c.Role == Spend && !slices.Contains(paid, slices.Index(spend, c.Name)) {
			g.Columns[i].Role, g.Columns[i].Why = Both, "spend without an exposure column: it is both"
		}
	}
}

// Both is a column that is spend and, for want of another, exposure.
const Both Role = "media and spend"
