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

//go:embed page.tmpl charts.tmpl style.css script.js
var assets embed.FS

var pageTemplate = template.Must(template.New("page.tmpl").Funcs(template.FuncMap{
	"coordinate": coordinate, "share": share, "quantity": quantity, "percent": percent, "fixed": fixed, "raw": raw,
	"oneLine": oneLine, "compactly": compactly,
}).ParseFS(assets, "page.tmpl", "charts.tmpl"))

// Draw writes a result as an HTML page. Equal results give equal bytes.
func Draw(w io.Writer, r *train.Result) error {
	style, err := assets.ReadFile("style.css")
	if err != nil {
		return err
	}
	script, err := assets.ReadFile("script.js")
	if err != nil {
		return err
	}
	p, err := newPage(r)
	if err != nil {
		return err
	}
	p.Style, p.Script = template.CSS(style), template.JS(script)
	sum := sha256.Sum256(script)
	p.ScriptHash = base64.StdEncoding.EncodeToString(sum[:])
	return pageTemplate.Execute(w, p)
}

// Write draws a result into a folder, as dashboard.html.
func Write(dir string, r *train.Result) error {
	return files.Write(dir, files.As(train.Dashboard, func(w io.Writer) error { return Draw(w, r) }))
}
