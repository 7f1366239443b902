package train

import (
	"errors"
	"io"

	"deepcausalmmm/internal/files"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// Prediction is a saved model's prediction for a table.
type Prediction struct {
	Panel *panel.Panel // the table's, or with the training's weeks before it if it continues them
	Parts []model.Part
	How   string   // how the weeks relate to the training's, in words
	Notes []string // what was taken for something else: carried controls, weeks between, columns that were not used

	Beyond []Beyond // exposure and treatments outside of the training's range, the furthest first

	Intervened *Intervened // nil without an intervention
}

// Predict evaluates the model on a table of the training's regions and channels. Its columns may be in any order, others are
// ignored, and controls and mediators may be absent or NaN; see Prediction.Notes for what is taken instead.
//
// Weeks of the training are evaluated as the training did. Weeks that follow the training's last continue it: exposure
// carries over and the GRU keeps its state, both from the history in the model file, and the season repeats by the calendar.
// Any others are an error, unless scratch is set: then all weeks are one series that starts on its own, with the season's tail
// as in a holdout, or, of the structural model, with the trend where it ended and the calendar's season.
//
// Cells in which the table shows that nothing could be sold sell nothing. Only a target shows it: without one all cells are
// predicted as open, those of the training, too.
//
// A model.Intervener also answers what an intervention on its channels and treatments would change, in all weeks of the table.
func (s *Saved) Predict(p *panel.Panel, scratch bool, i Intervention) (*Prediction, error) {
	out := &Prediction{}
	positions, err := s.positions(i)
	if err != nil {
		return nil, err
	}
	table, err := s.arrange(p, out)
	if err != nil {
		return nil, err
	}
	r, err := s.relate(table, scratch, out)
	if err != nil {
		return nil, err
	}
	out.Panel, out.How, out.Beyond = r.panel, r.how, s.beyond(r.panel, r.unseen(), r.panel.Media, nil)
	if out.Parts, err = s.Fitted.Predict(r.panel, r.first, r.spans); err != nil || !i.any() {
		return out, err
	}
	out.Intervened, err = s.intervene(r, positions)
	return out, err
}

// Write leaves predictions.csv and contributions.csv in dir, which must exist, and intervention.csv if there was one.
func (p *Prediction) Write(dir string) error {
	outputs := []files.File{
		files.As(predictionsFile, func(w io.Writer) error { return writePredictions(w, p.Panel, p.Parts) }),
		files.As(contributionsFile, func(w io.Writer) error { return writeContributions(w, p.Panel, p.Parts) }),
	}
	if p.Intervened == nil {
		return errors.Join(files.Write(dir, outputs...), files.Remove(dir, interventionFile))
	}
	return files.Write(dir, append(outputs, files.As(interventionFile, p.Intervened.write))...)
}
