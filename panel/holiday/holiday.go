// Package holiday knows on which days holidays fall: those of a country by its code, or those of a file of dates and names.
// Start reading at Open.
package holiday

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"deepcausalmmm/internal/files"
	"deepcausalmmm/internal/suggest"
)

// Calendar is a source of holidays: a country's rules, or a list of days.
type Calendar struct {
	Code string `json:"code,omitempty"` // an ISO 3166 code: US, DE, DE-BY
	Days []Day  `json:"days,omitempty"` // of a file, in its order
}

// Day is a holiday that falls on a day.
type Day struct {
	Date string `json:"date"` // 2024-12-25
	Name string `json:"name"`
}

// IsFile reports whether a source is the path of a file: codes have neither dots nor slashes.
func IsFile(source string) bool { return strings.ContainsAny(source, `./\`) }

// Open returns the calendar of a country's code, such as US or DE-BY, or of a CSV file with the columns date and name.
func Open(source string) (*Calendar, error) {
	if IsFile(source) {
		return read(source)
	}
	code := strings.ToUpper(source)
	if calendars[code] != nil {
		return &Calendar{Code: code}, nil
	}
	known := slices.Sorted(maps.Keys(calendars))
	var parts []string
	for _, c := range known {
		if strings.HasPrefix(c, code+"-") {
			parts = append(parts, c)
		}
	}
	fix := "there are " + strings.Join(slices.DeleteFunc(known, func(c string) bool { return strings.Contains(c, "-") }), ", ")
	if len(parts) > 0 {
		fix = "its parts are known: " + strings.Join(parts, ", ")
	} else if near := nearest(code, known); near != "" {
		fix = fmt.Sprintf("did you mean %s? %s", near, fix)
	}
	return nil, fmt.Errorf("no holidays of %q are known (%s; or give a CSV file with the columns date and name)", source, fix)
}

// nearest is the known code that a code begins with, as USA begins with US, or else the most similar one.
func nearest(code string, known []string) string {
	for _, c := range known {
		if c != "" && strings.HasPrefix(code, c) {
			return c
		}
	}
	return suggest.Nearest(code, known)
}

// read reads a file of dates and names.
func read(path string) (*Calendar, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot read the holidays: %w (check the path)", path, files.Cause(err))
	}
	defer f.Close()
	in := csv.NewReader(f)
	in.TrimLeadingSpace = true
	in.FieldsPerRecord = -1
	header, err := in.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(header) > 0 {
		header[0] = strings.TrimPrefix(header[0], "\ufeff")
	}
	date, name := slices.Index(header, "date"), slices.Index(header, "name")
	if date < 0 || name < 0 {
		return nil, fmt.Errorf("%s: a file of holidays needs the columns date and name, and has %q", path, header)
	}
	c := &Calendar{}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		line, _ := in.FieldPos(0)
		if len(row) <= max(date, name) {
			return nil, fmt.Errorf("%s:%d: %d cells, and the header has %d (add what is missing)", path, line, len(row), len(header))
		}
		day := Day{strings.TrimSpace(row[date]), strings.TrimSpace(row[name])}
		if _, err := time.Parse(time.DateOnly, day.Date); err != nil {
			return nil, fmt.Errorf("%s:%d: column \"date\": %q is not a date (write 2024-12-25)", path, line, day.Date)
		}
		if day.Name == "" {
			return nil, fmt.Errorf("%s:%d: column \"name\": the holiday of %s has no name (write one)", path, line, day.Date)
		}
		c.Days = append(c.Days, day)
	}
	if len(c.Days) == 0 {
		return nil, fmt.Errorf("%s: the file of holidays has a header but no rows", path)
	}
	return c, nil
}

// Between lists the holidays from one day up to, but not including, another, by date. One that is observed on another day than
// its own, as in many countries if it falls on a weekend, is listed on both, by two names: people buy for Christmas, and not for the
// Monday after it.
func (c *Calendar) Between(from, to time.Time) []Day {
	var found []Day
	add := func(t time.Time, name string) {
		day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
		if d := (Day{day.Format(time.DateOnly), name}); !t.IsZero() && !day.Before(from) && day.Before(to) && !slices.Contains(found, d) {
			found = append(found, d)
		}
	}
	for year := from.Year() - 1; year <= to.Year()+1; year++ { // an observed day may be in another year
		for _, h := range calendars[c.Code] {
			actual, observed := h.Calc(year)
			add(actual, h.Name)
			if !observed.Equal(actual) {
				add(observed, h.Name+" (observed)")
			}
		}
	}
	for _, d := range c.Days {
		if t, err := time.Parse(time.DateOnly, d.Date); err == nil {
			add(t, d.Name)
		}
	}
	slices.SortStableFunc(found, func(a, b Day) int { return cmp.Compare(a.Date, b.Date) })
	return found
}
