package train

import (
	"fmt"
	"path/filepath"
	"strings"

	"deepcausalmmm/panel"
	"deepcausalmmm/panel/guess"
	"deepcausalmmm/train/model"
)

// Proposal is a configuration for a table: a start for a person, who corrects the guessed roles.
type Proposal struct {
	Text      string   // YAML with comments
	Questions []string // what has to be decided before a training can run, most important first
	Unsure    []string // columns whose role is a guess, with what was guessed
	Lines     []string // the report of the panel, if it can be read
}

// Propose guesses the configuration of a table from its names and values. File is where it will be written: the table's path
// in it starts there. The proposal is tried: whatever keeps a training from its start is a question.
func Propose(path, sheet, file string) (*Proposal, error) {
	t, err := guess.Read(path, sheet)
	if err != nil {
		return nil, err
	}
	g := guess.Roles(t, panel.AreTimes)
	if g.First(guess.Variable) != "" {
		if g, err = g.OfVariables(path, sheet, panel.AreTimes); err != nil {
			return nil, err
		}
	}
	from, err := relativePath(path, file)
	if err != nil {
		return nil, err
	}
	p := &Proposal{Questions: g.Questions()}
	for _, c := range g.Columns {
		if c.Unsure {
			p.Unsure = append(p.Unsure, fmt.Sprintf("%s: %s (%s)", c.Name, c.Role.Words(), c.Why))
		}
	}
	data := g.YAML(from, sheet)
	if len(p.Questions) == 0 {
		if p.Lines, err = try(file, data); err != nil {
			p.Questions = []string{err.Error()}
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# A start for %s, guessed from its names and values. Look at the lines with a question mark.\n", filepath.Base(path))
	for _, line := range p.Lines {
		fmt.Fprintf(&b, "# %s\n", line)
	}
	for _, q := range p.Questions {
		fmt.Fprintf(&b, "# To decide: %s\n", q)
	}
	fmt.Fprintf(&b, "preset: %s\n\n%s", RecommendedPreset, data)
	p.Text = b.String()
	return p, nil
}

// try reads the panel as a configuration's data section says, and prepares a training.
func try(file, data string) (lines []string, err error) {
	c, err := load(file, []byte("preset: "+RecommendedPreset+"\n"+data), Overrides{})
	if err != nil {
		return nil, err
	}
	p, err := panel.Read(c.Data.File, c.Data.Columns)
	if err != nil {
		return nil, err
	}
	_, err = New(c, p, model.Observer{})
	return p.Report.Lines(), err
}

// relativePath is a table's path from the folder of a configuration.
func relativePath(path, file string) (string, error) {
	whole, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	folder, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return "", err
	}
	if relative, err := filepath.Rel(folder, whole); err == nil && !strings.HasPrefix(relative, "..") {
		return filepath.ToSlash(relative), nil
	}
	return whole, nil // another drive, or a table elsewhere: it stays where it is though the configuration moves
}
