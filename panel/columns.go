package panel

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
)

// Columns maps roles to the column names of a table. The lists may be globs in the syntax of path.Match; columns keep the
// order of the file, not that of the globs. If Region is "", the table has one region, Whole. A column has one role, but a
// spend may also be the exposure, a population a control, and the revenue per unit a control or a treatment.
type Columns struct {
	Sheet      string    `yaml:"sheet,omitempty" json:"sheet,omitempty" doc:"sheet of a workbook; without it the only one that is not empty"`
	Region     string    `yaml:"region" json:"region" doc:"column of the region's name; without it the table is one region"`
	Week       string    `yaml:"week" json:"week" doc:"column of the week"`
	Target     string    `yaml:"target" json:"target" doc:"column of what is explained, such as sales"`
	Media      []string  `yaml:"media" json:"media" doc:"the channels' columns, names or globs"`
	Controls   []string  `yaml:"controls" json:"controls" doc:"columns of what else explains the target, a common cause of the channels; names or globs; columns of words become an indicator of each word but the commonest"`
	Spend      []string  `yaml:"spend" json:"spend" doc:"columns of what was paid, names or globs; may be those of media; each goes to the channel of the same name without words of measure: tv_spend to tv_grps"`
	Channels   []Channel `yaml:"channels,omitempty" json:"channels,omitempty" doc:"channels beside media: a list of {name: tv, exposure: tv_grps, spend: tv_cost, kind: paid}; without a name that of the exposure, without an exposure the spend; kind is paid or organic"`
	Mediators  []string  `yaml:"mediators,omitempty" json:"mediators,omitempty" doc:"columns of what media move and what sells itself, such as brand searches or awareness; names or globs; nodes of the graph without a budget; may be negative"`
	Treatments []string  `yaml:"treatments,omitempty" json:"treatments,omitempty" doc:"columns of what the firm sets, such as price or promotion; names or globs; effects of either sign"`
	Population string    `yaml:"population,omitempty" json:"population,omitempty" doc:"column of the region's people; the mean of its weeks counts"`
	Revenue    string    `yaml:"revenue_per_kpi,omitempty" json:"revenue_per_kpi,omitempty" doc:"money per unit of the target: a column or a number"`
	Holidays   string    `yaml:"holidays,omitempty" json:"holidays,omitempty" file:"path" doc:"holidays whose effects are estimated: a country's code such as US or DE-BY, or a CSV file with the columns date and name"`
	Closed     string    `yaml:"closed,omitempty" json:"closed,omitempty" default:"drop" choices:"drop, keep" doc:"cells in which nothing could be sold, such as weeks of closed shops: drop leaves them out of the fit"`

	DateFormat string `yaml:"date_format,omitempty" json:"date_format,omitempty" choices:"auto, iso, ymd, mdy, dmy, yearweek, yearmonth, excel, number" doc:"how the weeks are written, if the column can be read in two ways; auto: decided over the whole column"`

	MissingRows string `yaml:"missing_rows,omitempty" json:"missing_rows,omitempty" choices:"question, complete" doc:"question: refuse a table without a tenth of the rows between the first and the last of its regions; complete: take it as it is"`

	Long       Long   `yaml:"long,omitempty" json:"long,omitzero" doc:"a table with a row per region, week and variable: names and globs then mean variables"`
	Duplicates string `yaml:"duplicates,omitempty" json:"duplicates,omitempty" choices:"error, sum, mean" doc:"several rows of a region and week, such as campaigns: error (the default); sum adds up media, spend and target and takes the mean of the rest; mean takes the mean of all"`

	NoTarget   bool       `yaml:"-" json:"-"` // do not read a target
	Categories []Category `yaml:"-" json:"-"` // the training's, for a prediction: the same columns get the same indicators

	Training *Panel `yaml:"-" json:"-"` // for a prediction: weeks that can be read in two ways are read as its were, or else follow them

	// Plan reads a table for a prediction: names that match no column are left out, and so is a target without any value. Missing
	// cells of controls and mediators stay NaN, for the model to continue them from its history.
	Plan bool `yaml:"-" json:"-"`
}

// Whole is the name of the region of a table without a region column.
const Whole = "all"

// role is the meaning of a column, named by its key in the configuration.
type role string

const (
	regionRole     role = "region"
	weekRole       role = "week"
	targetRole     role = "target"
	mediaRole      role = "media"
	mediatorRole   role = "mediators"
	controlRole    role = "controls"
	treatmentRole  role = "treatments"
	spendRole      role = "spend"
	populationRole role = "population"
	revenueRole    role = "revenue_per_kpi"
)

// request lists the columns that a configuration asks for in one role.
type request struct {
	role     role
	key      string // of the configuration
	patterns []string
	exact    bool // columns by name
}

func (c Columns) requests() []request {
	var requests []request
	add := func(as role, key string, exact bool, patterns ...string) {
		requests = append(requests, request{as, key, patterns, exact})
	}
	if c.Region != "" {
		add(regionRole, "region", true, c.Region)
	}
	add(weekRole, "week", true, c.Week)
	add(mediaRole, "media", false, c.Media...)
	for _, channel := range c.Channels {
		add(mediaRole, "channels", true, channel.exposure())
	}
	add(mediatorRole, "mediators", false, c.Mediators...)
	add(controlRole, "controls", false, c.Controls...)
	add(treatmentRole, "treatments", false, c.Treatments...)
	if !c.NoTarget {
		add(targetRole, "target", true, c.Target)
	}
	add(spendRole, "spend", false, c.Spend...)
	for _, channel := range c.Channels {
		if channel.Spend != "" {
			add(spendRole, "channels", true, channel.Spend)
		}
	}
	if c.Population != "" {
		add(populationRole, "population", true, c.Population)
	}
	if _, isNumber := c.revenue(); c.Revenue != "" && !isNumber {
		add(revenueRole, "revenue_per_kpi", true, c.Revenue)
	}
	return requests
}

// revenue is the revenue per unit of the target, if it is a number and not a column.
func (c Columns) revenue() (x float64, isNumber bool) {
	x, err := strconv.ParseFloat(c.Revenue, 64)
	return x, err == nil
}

// claim is the role of a column and the name or glob that gave it.
type claim struct {
	role    role
	pattern string
}

// resolve returns the positions of the columns of each role, in the order of the header.
func (c Columns) resolve(file string, header []string) (map[role][]int, error) {
	if err := checkHeader(file, header); err != nil {
		return nil, err
	}
	claims := make([][]claim, len(header))
	for _, r := range c.requests() {
		if err := r.check(file, len(c.Channels)); err != nil {
			return nil, err
		}
		for _, pattern := range r.patterns {
			err := r.claim(file, pattern, header, claims)
			if absent := (*ColumnError)(nil); c.mayLack(r.role) && errors.As(err, &absent) {
				continue
			}
			if err != nil {
				return nil, err
			}
		}
	}
	found := map[role][]int{}
	for i, roles := range claims {
		for _, c := range roles {
			found[c.role] = append(found[c.role], i)
		}
	}
	return found, nil
}

// mayLack reports whether a table may have no column for a role.
func (c Columns) mayLack(as role) bool { return c.Plan && as != regionRole && as != weekRole }

func (r request) check(file string, channels int) error {
	if r.exact && r.patterns[0] == "" || r.key == "media" && len(r.patterns)+channels == 0 {
		return fmt.Errorf("%s: no column is named for %s (set it in the configuration's data section)", file, r.key)
	}
	return nil
}

// claim marks the columns that pattern matches.
func (r request) claim(file, pattern string, header []string, claims [][]claim) error {
	matched := false
	for i, name := range header {
		ok, err := r.match(pattern, name)
		if err != nil {
			return fmt.Errorf("%s: %s %q is not a valid glob: %w", file, r.key, pattern, err)
		}
		if !ok {
			continue
		}
		matched = true
		if err := r.add(file, pattern, name, &claims[i]); err != nil {
			return err
		}
	}
	if !matched {
		return &ColumnError{File: file, Role: r.key, Name: pattern, Columns: header}
	}
	return nil
}

// add gives one column the role, unless it has another that excludes it.
func (r request) add(file, pattern, name string, claims *[]claim) error {
	for _, first := range *claims {
		if first.role == r.role {
			return nil
		}
		if !share(first.role, r.role) {
			return fmt.Errorf("%s: column %q is claimed twice: as %s by %q and as %s by %q (give it one role)",
				file, name, first.role, first.pattern, r.role, pattern)
		}
	}
	*claims = append(*claims, claim{r.role, pattern})
	return nil
}

// share reports whether one column may have both roles.
func share(a, b role) bool {
	for _, both := range [][2]role{
		{mediaRole, spendRole}, {controlRole, populationRole}, {controlRole, revenueRole}, {treatmentRole, revenueRole},
	} {
		if both == [2]role{a, b} || both == [2]role{b, a} {
			return true
		}
	}
	return false
}

// match tries a name before a glob, since names may contain brackets. A column without a name never matches.
func (r request) match(pattern, name string) (bool, error) {
	if name == "" || name == pattern {
		return name != "", nil
	}
	if r.exact {
		return false, nil
	}
	return path.Match(pattern, name)
}

// checkHeader rejects two columns of the same name. Columns without a name, such as a saved index, are ignored.
func checkHeader(file string, header []string) error {
	for i, name := range header {
		if first := slices.Index(header, name); name != "" && first < i {
			return fmt.Errorf("%s: columns %d and %d are both named %q (rename one)", file, first+1, i+1, name)
		}
	}
	return nil
}
