package train

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"deepcausalmmm/internal/modelfile"
	"deepcausalmmm/panel"
	"deepcausalmmm/panel/notice"
	"deepcausalmmm/train/model"
)

// modelFormat is the version of the metadata in a model file.
const modelFormat = "2"

// noticesKey is absent from a file whose channels are all told by the data.
const noticesKey = "notices"

// writeModel writes what Fitted.Save does, and what every model needs beside it.
func (r *Result) writeModel(out io.Writer) error {
	w := modelfile.NewWriter()
	w.Text("format_version", modelFormat)
	if err := r.Fitted.Save(w); err != nil {
		return err
	}
	if err := w.JSON(map[string]any{
		"config": r.Config, "train": r.Parts[0].Span,
		"summary": map[string]any{"epochs": r.Steps, "train": r.Metrics.Train, "holdout": r.Metrics.Holdout, "skill": r.Metrics.Skill},
	}); err != nil {
		return err
	}
	if marking := notice.Marking(r.Details.Notices); len(marking) > 0 {
		if err := w.JSON(map[string]any{noticesKey: marking}); err != nil {
			return err
		}
	}
	return w.Encode(out)
}

// ModelError is a model file or a checkpoint that cannot be used.
type ModelError = modelfile.Error

// Saved is a model file: what a prediction needs of a training.
type Saved struct {
	Config Config
	Panel  *panel.Panel // the training's: names, weeks, media and controls; no target
	Train  panel.Span   // its training weeks; what follows was the holdout
	Fitted model.Fitted

	Notices []notice.Notice // of channels whose figures are not told by the data
}

// Columns are the columns that a prediction needs: those of the training, without spend, population and revenue, and with the
// training's words in columns of words. Weeks may be written in another notation than the training's; one that can be read in two
// ways is read as the training's.
func (s *Saved) Columns() panel.Columns {
	c := s.Config.Data.Columns.WithoutMoney()
	c.Categories, c.Training = s.Panel.Categories, s.Panel
	if s.Panel.Resolution.Period != panel.Number {
		c.DateFormat = ""
	}
	return c
}

// LoadModel reads a model file and checks all of it: that it is complete, its version, that it has every tensor of its
// configuration in its shape and no other, and that all values are finite. Errors are a *ModelError. It never allocates more
// than a few times the file's size. A model with a design of its own, which no file can hold, needs the same design again:
// adapt, if given, sets it in the configuration.
func LoadModel(path string, adapt ...func(*Config)) (*Saved, error) {
	text, err := modelfile.Read(path)
	if err != nil {
		return nil, err
	}
	s, err := parseModel(text, adapt...)
	if err != nil {
		return nil, &ModelError{File: path, Problem: err.Error()}
	}
	return s, nil
}

const trainAgain = "(train again, or copy the file again)"

func parseModel(text []byte, adapt ...func(*Config)) (*Saved, error) {
	r, err := modelfile.Parse(text, trainAgain)
	if err != nil {
		return nil, err
	}
	if v := r.Text("format_version"); v != modelFormat {
		return nil, fmt.Errorf("is of format version %q, and this program reads %q (train again)", v, modelFormat)
	}
	s := &Saved{}
	if err := r.JSON("config", &s.Config); err != nil {
		return nil, err
	}
	for _, change := range adapt {
		change(&s.Config)
	}
	if key, problem := s.Config.check(); key != "" {
		return nil, r.Errorf("its configuration is broken: %s: %s", key, problem)
	}
	if err := r.JSON("train", &s.Train); err != nil {
		return nil, err
	}
	if s.Panel, err = r.Panel(); err != nil {
		return nil, err
	}
	if s.Train.From != 0 || s.Train.To < 1 || s.Train.To > len(s.Panel.Weeks) {
		return nil, r.Errorf("its metadata has training weeks %d to %d of %d", s.Train.From, s.Train.To, len(s.Panel.Weeks))
	}
	if r.Text(noticesKey) != "" {
		if err := r.JSON(noticesKey, &s.Notices); err != nil {
			return nil, err
		}
	}
	for _, n := range s.Notices {
		if strings.ContainsFunc(n.Text, unicode.IsControl) {
			return nil, r.Errorf("its notices have control characters")
		}
	}
	s.Fitted, err = modelOf(s.Config.Model).Open(r, s.Config.task(s.Panel, s.Train, panel.Span{}))
	return s, err
}
