package evaluate

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"deepcausalmmm/internal/files"
)

// The marks around the section of a document that Page renews, each on a line of its own.
const (
	sectionStart = "<!-- evaluate -->\n"
	sectionEnd   = "<!-- end of evaluate -->\n"
)

// Page is a document with a section of tables that is made by this package.
type Page struct {
	path          string
	before, after string
}

// OpenPage reads a document and finds its section.
func OpenPage(path string) (*Page, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot read: %w", path, files.Cause(err))
	}
	before, rest, begins := strings.Cut(string(text), sectionStart)
	_, after, ends := strings.Cut(rest, sectionEnd)
	if !begins || !ends {
		return nil, fmt.Errorf("%s: no section to renew (put it between the lines %s and %s)", path,
			strings.TrimSpace(sectionStart), strings.TrimSpace(sectionEnd))
	}
	return &Page{path, before, after}, nil
}

// Renew replaces the section by the tables of rows.
func (p *Page) Renew(rows []Row) error {
	return files.Write(filepath.Dir(p.path), files.As(filepath.Base(p.path), func(w io.Writer) error {
		_, err := io.WriteString(w, p.before+sectionStart+"\n"+Markdown(rows)+sectionEnd+p.after)
		return err
	}))
}
