// Package model is the seam between what all models share (package train: configuration, files, figures) and the models
// themselves (the folders beside this one). A model is a Model; train registers it by name. What only some models can do is
// a small interface of its own: Resumable, Sampler, Explainer, Intervener, Marketed, Settler. Start reading at Model.
package model

import (
	"context"
	"fmt"

	"deepcausalmmm/internal/modelfile"
	"deepcausalmmm/panel"
)

// Model is a family of equations that can be fitted to a panel.
type Model interface {
	// Name is the value of the configuration's key model.
	Name() string
	// Preset is the name of the model's defaults, the value of the key preset.
	Preset() string
	// Defaults returns the settings of the preset: those that every model has, and the model's own, as a pointer to a struct
	// with the tags of package settings.
	Defaults() (Shared, any)
	// Prepare checks whatever can be checked before the work.
	Prepare(Task) (Training, error)
	// Open reads a fitted model back from what its Save wrote.
	Open(*modelfile.Reader, Task) (Fitted, error)
}

// Task holds the data, the split and the settings of a fit. A task to open a saved model has the training's panel without its
// target.
type Task struct {
	Shared   Shared
	Settings any // of the type that the model's Defaults returns
	Panel    *panel.Panel
	Train    panel.Span
	Holdout  panel.Span // empty if there is none
	Observer Observer
}

// Spans lists the task's parts by their names.
func (t Task) Spans() []Span {
	spans := []Span{{Name: PartTrain, Span: t.Train}}
	if t.Holdout.Len() > 0 {
		spans = append(spans, Span{Name: PartHoldout, Span: t.Holdout})
	}
	return spans
}

// Observer receives the progress of a training.
type Observer struct {
	Logf func(format string, args ...any) // one line, such as how the duals move or what was pruned
	Step func(Step)                       // after every step that counts towards a known end
}

// Step is the progress of a training and the quality of its fit. Errors are those of the scaled target, in which 1 is a region's
// average week.
type Step struct {
	Number, Of  int // steps are counted from 0
	Loss        float64
	TrainRMSE   float64
	HoldoutRMSE float64 // NaN if this step did not measure it
}

// Training is a model that is ready to be fitted.
type Training interface {
	// Run fits the model, once. A cancelled ctx ends it with an *Interrupted.
	Run(ctx context.Context) (*Outcome, error)
}

// Resumable is a Training that saves its state while it runs, and continues from it.
type Resumable interface {
	Training
	// SaveEvery has Run call save before its first step, after every n steps, and when its context ends it. save writes the
	// file at once or not at all.
	SaveEvery(n int, save func(put func(*modelfile.Writer) error) error)
	// Resume continues from what SaveEvery wrote, in a training of the same configuration and panel.
	Resume(*modelfile.Reader) error
	// Next names the step that is due.
	Next() string
}

// Sampler is a Training that draws from the posterior of its parameters, for intervals.
type Sampler interface {
	Training
	// Sample has Run draw n times, instead of the model's default number.
	Sample(n int)
}

// Explainer is a Training that reports the effects of channels in each region and week, indirect ones included.
type Explainer interface {
	Training
	// KeepEffects has Run keep them, as Outcome.ByCell.
	KeepEffects()
}

// Settler is a Model that can skip what a training of it has selected already.
type Settler interface {
	Model
	// Settled returns settings, of the type that Defaults returns, by which a training of a similar panel takes what led to an
	// outcome, such as its form, instead of selecting it again. The other training has part times as many weeks to train on.
	Settled(settings any, of *Outcome, part float64) any
}

// Fitted is a trained model, fresh or read back from its file.
type Fitted interface {
	// Save writes what Open needs, the training's panel (modelfile.Writer.Panel) among it.
	Save(*modelfile.Writer) error
	// Predict evaluates spans of a panel with the training's regions, channels and controls. The panel's first week has the
	// number first, counted from the training's first week.
	Predict(p *panel.Panel, first int, spans []Span) ([]Part, error)
}

// Intervention sets channels and treatments, by their positions among the channels and the controls, to multiples of their
// values in the table, or multiplies what the planners of channels decide on, see Market. A channel is in one of the two only.
type Intervention struct {
	Channels, Treatments map[int]float64
	Levers               map[int]float64 // of the channels' own parts
}

// Answer is a prediction without and with an intervention.
type Answer struct {
	AsItIs, Under Part
	Media         []float64 // [R, T, M] of the span: exposure under the intervention, in the table's units
	Notes         []string  // what a factor means for a channel that is not counted from 0
}

// Follower is a Fitted that knows how mediators follow from the channels that move them.
type Follower interface {
	Fitted
	// Follow replaces the unknown cells [R, T, M] of a panel's mediators by what the channels make of them, and lists the
	// mediators that it could replace. The panel's first week has the number first.
	Follow(p *panel.Panel, first int, unknown []bool) (followed []int, err error)
}

// Intervener is a Fitted that answers what an intervention changes.
type Intervener interface {
	Fitted
	// Do evaluates one span of a panel without and with an intervention in all its weeks. The descendants of channels move
	// accordingly, those with a lever among them; a treatment moves no channel.
	Do(p *panel.Panel, first int, span panel.Span, do Intervention) (Answer, error)
	// Moves lists the channels that an intervention moves along the graph, without those that it sets, parents before children.
	// Channels with levers are among them only if another channel moves them too.
	Moves(Intervention) []int
}

// Interrupted is a training that its context ended.
type Interrupted struct {
	Before string // the step that was due, in words
	Saved  string // the checkpoint to continue from; empty if there is none
	Cause  error  // the context's
}

func (e *Interrupted) Error() string {
	if e.Saved == "" {
		return fmt.Sprintf("stopped before %s; nothing was saved", e.Before)
	}
	return fmt.Sprintf("stopped before %s; saved in %s", e.Before, e.Saved)
}

func (e *Interrupted) Unwrap() error { return e.Cause }

// Dated are settings that name rows of the panel, such as experiments.
type Dated interface {
	// Until returns the settings without what was not known after the first rows of a panel.
	Until(p *panel.Panel, rows int) any
}
