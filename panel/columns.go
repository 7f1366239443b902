package panel

import (
	"fmt"
	"path"
	"slices"
)

// Columns maps roles to the column names of a table. Media, Controls and Spend may be globs in the syntax of
// path.Match; columns keep the order of the file, not that of the globs. If Region is "", the table has one region, Whole.
type Columns struct {
	Sheet    string   `yaml:"sheet,omitempty" json:"sheet,omitempty" doc:"sheet of a workbook; without it the only one that is not empty"`
	Region   string   `yaml:"region" json:"region" doc:"column of the region's name; without it the table is one region"`
	Week     string   `yaml:"week" json:"week" doc:"column of the week"`
	Target   string   `yaml:"target" json:"target" doc:"column of what is explained, such as sales"`
	Media    []string `yaml:"media" json:"media" doc:"the channels' columns, names or globs"`
	Controls []string `yaml:"controls" json:"controls" doc:"columns of what else explains the target, names or globs"`
	Spend    []string `yaml:"spend" json:"spend" doc:"columns of what was paid, names or globs"`

	DateFormat string `yaml:"date_format,omitempty" json:"date_format,omitempty" choices:"auto, iso, ymd, mdy, dmy, yearweek, yearmonth, excel, number" doc:"how the weeks are written, if the column can be read in two ways; auto: decided over the whole column"`

	MissingRows string `yaml:"missing_rows,omitempty" json:"missing_rows,omitempty" choices:"question, complete" doc:"question: refuse a table without a tenth of the rows between the first and the last of its regions; complete: take it as it is"`

	NoTarget bool `yaml:"-" json:"-"` // do not read a target
}

// Whole is the name of the region of a table without a region column.
const Whole = "all"

// role is the meaning of a column, named by its key in the configuration.
type role string

const (
	regionRole  role = "region"
	weekRole    role = "week"
	targetRole  role = "target"
	mediaRole   role = "media"
	controlRole role = "controls"
	spendRole   role = "spend"
)

// request lists the columns that a configuration asks for in one role.
type request struct {
	role     role
	patterns []string
	exact    bool // exactly one column, by name
}

func (c Columns) requests() []request {
	requests := []request{
		{weekRole, []string{c.Week}, true},
		{mediaRole, c.Media, false},
		{controlRole, c.Controls, false},
		{targetRole, []string{c.Target}, true},
		{spendRole, c.Spend, false},
	}
	if c.Region != "" {
		requests = slices.Insert(requests, 0, request{regionRole, []string{c.Region}, true})
	}
	if c.NoTarget {
		return slices.DeleteFunc(requests, func(r request) bool { return r.role == targetRole })
	}
	return requests
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
	claims := make([]claim, len(header))
	for _, r := range c.requests() {
		if err := r.check(file); err != nil {
			return nil, err
		}
		for _, pattern := range r.patterns {
			if err := r.claim(file, pattern, header, claims); err != nil {
				return nil, err
			}
		}
	}
	found := map[role][]int{}
	for i, c := range claims {
		if c.role != "" {
			found[c.role] = append(found[c.role], i)
		}
	}
	return found, nil
}

func (r request) check(file string) error {
	if r.exact && r.patterns[0] == "" || r.role == mediaRole && len(r.patterns) == 0 {
		return fmt.Errorf("%s: no column is named for %s (set it in the configuration's data section)", file, r.role)
	}
	return nil
}

// claim marks the columns that pattern matches.
func (r request) claim(file, pattern string, header []string, claims []claim) error {
	matched := false
	for i, name := range header {
		ok, err := r.match(pattern, name)
		if err != nil {
			return fmt.Errorf("%s: %s %q is not a valid glob: %w", file, r.role, pattern, err)
		}
		if !ok {
			continue
		}
		matched = true
		if first := claims[i]; first.role != "" && first.role != r.role {
			return fmt.Errorf("%s: column %q is claimed twice: as %s by %q and as %s by %q (give it one role)",
				file, name, first.role, first.pattern, r.role, pattern)
		}
		claims[i] = claim{r.role, pattern}
	}
	if !matched {
		return &ColumnError{File: file, Role: string(r.role), Name: pattern, Columns: header}
	}
	return nil
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
