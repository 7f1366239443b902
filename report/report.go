// Package report draws a training as one HTML page that needs nothing else: no network, no library, no other file. Load
// reads what a training left in its folder into a Run, and Write draws that; Draw does both. Start reading at page,
// whose fields are the sections, then at chart.
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

//go:embed page.tmpl charts.tmpl style.css script.js
var assets embed.FS

var pageTemplate = template.Must(template.New("page.tmpl").Funcs(template.FuncMap{
	"coordinate": coordinate, "quantity": quantity, "percent": percent, "fixed": fixed, "raw": raw,
	"oneLine": oneLine,
}).ParseFS(assets, "page.tmpl", "charts.tmpl"))

// Write draws a training as an HTML page. The same training gives the same bytes.
func Write(w io.Writer, r *Run) error {
	style, err := assets.ReadFile("style.css")
	if err != nil {
		return err
	}
	script, err := assets.ReadFile("script.js")
	if err != nil {
		return err
	}
	p := newPage(r)
	p.Style, p.Script = template.CSS(style), template.JS(script)
	sum := sha256.Sum256(script)
	p.ScriptHash = base64.StdEncoding.EncodeToString(sum[:])
	return pageTemplate.Execute(w, p)
}

// Draw draws the training in a folder beside its other files, as dashboard.html.
func Draw(dir string) error {
	run, err := Load(dir)
	if err != nil {
		return err
	}
	return files.Write(dir, files.As(train.Dashboard, func(w io.Writer) error { return Write(w, run) }))
}
