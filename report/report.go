// Package report draws the result of a training as one HTML page that needs no network, no library and no other file.
// Draw writes the page, Write puts it into the folder of the result's other files. Start reading at page, whose fields are
// the sections, then at chart.
package report

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"io"

	"deepcausalmmm/internal/files"
	"deepcausalmmm/train"
)

//go:embed page.tmpl plan.tmpl compare.tmpl charts.tmpl style.css script.js
var assets embed.FS

var pageTemplate = template.Must(template.New("page.tmpl").Funcs(template.FuncMap{
	"coordinate": coordinate, "share": share, "quantity": quantity, "percent": percent, "fixed": fixed, "raw": raw,
	"oneLine": oneLine, "compactly": compactly,
}).ParseFS(assets, "page.tmpl", "plan.tmpl", "compare.tmpl", "charts.tmpl"))

// assetsOf are the style and the script of a page.
type assetsOf struct {
	Style      template.CSS
	Script     template.JS
	ScriptHash string
}

func loadAssets() (assetsOf, error) {
	style, err := assets.ReadFile("style.css")
	if err != nil {
		return assetsOf{}, err
	}
	script, err := assets.ReadFile("script.js")
	if err != nil {
		return assetsOf{}, err
	}
	sum := sha256.Sum256(script)
	return assetsOf{template.CSS(style), template.JS(script), base64.StdEncoding.EncodeToString(sum[:])}, nil
}

// Draw writes a result as an HTML page. Equal results give equal bytes.
func Draw(w io.Writer, r *train.Result) error { return draw(w, r, nil) }

// draw is Draw with a plan that was made with the result's model, nil if there is none.
func draw(w io.Writer, r *train.Result, plan *train.Plan) error {
	p, err := newPage(r, plan)
	if err != nil {
		return err
	}
	return pageTemplate.Execute(w, p)
}

// Write draws a result into a folder, as dashboard.html, with the plan that is in the folder.
func Write(dir string, r *train.Result) error {
	plan, err := train.LoadPlan(dir)
	if err != nil {
		return err
	}
	return files.Write(dir, files.As(train.Dashboard, func(w io.Writer) error { return draw(w, r, plan) }))
}
