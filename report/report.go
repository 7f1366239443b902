// Package report draws a training as one HTML page that needs nothing else: no network, no library, no other file. Load
// reads what a training left in its folder into a Run, and Write draws that; Draw does both. Start reading at page,
// whose fields are the sections, then at chart.
package report

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"os"
	"path/filepath"

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

// Draw draws the training in a folder beside its other files, as dashboard.html. It is written under a temporary name
// and renamed.
func Draw(dir string) (err error) {
	run, err := Load(dir)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, train.Dashboard)
	f, err := os.CreateTemp(dir, "."+train.Dashboard+".*")
	if err != nil {
		return fmt.Errorf("%s: cannot write: %w", dir, cause(err))
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("%s: cannot write: %w", path, cause(err)), os.Remove(f.Name()))
		}
	}()
	buffered := bufio.NewWriter(f)
	for _, err := range []error{Write(buffered, run), buffered.Flush(), f.Chmod(0o644), f.Close()} {
		if err != nil { // the first is the cause
			return err
		}
	}
	return os.Rename(f.Name(), path)
}

// cause is what the system said, without the name that it said it of.
func cause(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
