package main

import (
	"deepcausalmmm/train/model"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// display shows a training: a bar on a terminal, a plain line now and then elsewhere, nothing when quiet.
type display struct {
	out     io.Writer
	quiet   bool
	tty     bool
	bar     *progressbar.ProgressBar
	holdout float64 // the RMSE of the last look
}

func newDisplay(out io.Writer, quiet bool) *display {
	f, ok := out.(*os.File)
	return &display{out: out, quiet: quiet, tty: ok && term.IsTerminal(int(f.Fd())), holdout: math.NaN()}
}

func (d *display) logf(format string, args ...any) {
	if d.quiet {
		return
	}
	if d.bar != nil {
		_ = d.bar.Clear() // failing to clear the bar must not stop a training
	}
	fmt.Fprintf(d.out, format+"\n", args...)
}

// barWidth leaves the bar and its figures on one line of 80 columns.
const barWidth = 8

// plainLines is about how many lines a training leaves in a log file.
const plainLines = 20

func (d *display) step(e model.Step) {
	if d.quiet {
		return
	}
	if !math.IsNaN(e.HoldoutRMSE) {
		d.holdout = e.HoldoutRMSE
	}
	if d.tty {
		if d.bar == nil {
			d.bar = progressbar.NewOptions(e.Of, progressbar.OptionSetWriter(d.out), progressbar.OptionShowCount(),
				progressbar.OptionSetWidth(barWidth), progressbar.OptionSetPredictTime(true),
				progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
		}
		d.bar.Describe(d.figures(e))
		_ = d.bar.Set(e.Number + 1) // as above
		return
	}
	if every := max(1, e.Of/plainLines); e.Number%every == 0 || e.Number == e.Of-1 {
		fmt.Fprintf(d.out, "epoch %d/%d  %s\n", e.Number, e.Of, d.figures(e))
	}
}

// figures of an epoch: the errors are those of the scaled target, where 1 is a region's mean.
func (d *display) figures(e model.Step) string {
	if math.IsNaN(d.holdout) {
		return fmt.Sprintf("loss %.4f  rmse %.4f", e.Loss, e.TrainRMSE)
	}
	return fmt.Sprintf("loss %.4f  rmse %.4f  holdout %.4f", e.Loss, e.TrainRMSE, d.holdout)
}

func (d *display) end() {
	if d.bar != nil {
		_ = d.bar.Clear() // as above
		d.bar = nil
	}
}
