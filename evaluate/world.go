package evaluate

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"deepcausalmmm/internal/files"
	"deepcausalmmm/panel"
)

// World is a panel whose truth is known.
type World struct {
	Name   string
	Folder string
	Group  string // worlds of one folder that have published errors, that are national, or that have regions
	Table  string // path of the CSV file
	Truth  *Truth

	Published *Published // errors of another model, nil if there are none
	columns   panel.Columns
	channels  map[string]string // the truth's name of each media column
}

const truthSuffix = ".truth.json"

// Find lists the worlds of folders whose names match a glob in the syntax of path.Match, all if it is empty: X.csv with
// X.truth.json beside it. It reads the truths and the tables' headers, so that errors in them come before any work.
func Find(folders []string, only string) ([]*World, error) {
	if _, err := path.Match(only, ""); err != nil {
		return nil, fmt.Errorf("%q is not a glob (write *, ? or [abc])", only)
	}
	var worlds []*World
	for _, folder := range folders {
		found, err := inFolder(folder, only)
		if err != nil {
			return nil, err
		}
		worlds = append(worlds, found...)
	}
	if len(worlds) == 0 {
		return nil, fmt.Errorf("no world's name matches %q", only)
	}
	return worlds, nil
}

func inFolder(folder, only string) ([]*World, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot read the folder of worlds: %w", folder, files.Cause(err))
	}
	published, err := readPublished(folder)
	if err != nil {
		return nil, err
	}
	var worlds []*World
	truths := 0
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), truthSuffix)
		if !ok {
			continue
		}
		truths++
		if matches, _ := path.Match(only, name); only != "" && !matches {
			continue
		}
		w, err := open(folder, name)
		if err != nil {
			return nil, err
		}
		if p, ok := published[name]; ok {
			w.Published = &p
		}
		w.Group = w.group()
		worlds = append(worlds, w)
	}
	if truths == 0 {
		return nil, fmt.Errorf("%s: no truth file (a world is X.csv with X%s beside it)", folder, truthSuffix)
	}
	return worlds, nil
}

func open(folder, name string) (*World, error) {
	base := filepath.Join(folder, name)
	w := &World{Name: name, Folder: folder, Table: base + ".csv", channels: map[string]string{}}
	var err error
	if w.Truth, err = ReadTruth(base + truthSuffix); err != nil {
		return nil, err
	}
	if _, err := w.Truth.graph(append(w.Truth.channels(), w.Truth.Roles.Mediators...)); err != nil {
		return nil, err
	}
	header, err := panel.Header(w.Table, "")
	if err != nil {
		return nil, err
	}
	return w, w.assign(header)
}

// group is the name of the worlds that are averaged with it.
func (w *World) group() string {
	kind := "national"
	switch {
	case w.Published != nil:
		kind = "published"
	case w.columns.Region != "":
		kind = "regions"
	}
	return filepath.Base(filepath.Clean(w.Folder)) + ": " + kind
}

// The names of columns, best first.
var (
	weekNames   = []string{"week", "date"}
	regionNames = []string{"region", "geo"}
	targetNames = []string{"kpi", "sales"}
	// exposureSuffixes follow a channel's name in the name of the column that the model reads.
	exposureSuffixes = []string{"", "_impressions", "_spend", "_clicks", "_grps"}
)

// assign gives the columns of the table their roles.
func (w *World) assign(header []string) error {
	has := func(name string) bool { return slices.Contains(header, name) }
	first := func(names []string) string {
		if i := slices.IndexFunc(names, has); i >= 0 {
			return names[i]
		}
		return ""
	}
	roles := w.Truth.Roles
	c := &w.columns
	c.Week, c.Region, c.Target = first(weekNames), first(regionNames), first(targetNames)
	if roles.Target != "" {
		c.Target = first([]string{roles.Target})
	}
	c.Mediators, c.Treatments = roles.Mediators, roles.Treatments
	switch {
	case c.Week == "":
		return fmt.Errorf("%s: no column of the week (call it %s)", w.Table, weekNames[0])
	case c.Target == "" && roles.Target != "":
		return fmt.Errorf("%s: no column %q, which %s names as target", w.Table, roles.Target, w.Truth.file)
	case c.Target == "":
		return fmt.Errorf("%s: no column of the KPI (call it %s, or name it as target in the truth file)", w.Table, strings.Join(targetNames, " or "))
	}
	for _, channel := range w.Truth.channels() {
		var names []string
		for _, suffix := range exposureSuffixes {
			names = append(names, channel+suffix)
		}
		column := first(names)
		if column == "" {
			return fmt.Errorf("%s: no column of channel %q, which the truth has (call it %s)", w.Table, channel, strings.Join(names, ", "))
		}
		w.channels[column] = channel
		if spend := channel + "_spend"; has(spend) {
			c.Spend = append(c.Spend, spend)
		}
	}
	for _, name := range header {
		switch {
		case w.channels[name] != "" && !slices.Contains(c.Mediators, name):
			c.Media = append(c.Media, name)
		case slices.Contains(c.Treatments, name):
		case strings.HasPrefix(name, "control") || slices.Contains(roles.Controls, name):
			c.Controls = append(c.Controls, name)
		}
	}
	return nil
}

// Files are the files that the world is read from.
func (w *World) Files() []string { return []string{w.Table, w.Truth.file} }
