package evaluate

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"deepcausalmmm/internal/files"
)

// Section is a section of a document that Page renews. It is between two lines of marks.
type Section string

// The sections of documents.
const (
	WorldsSection Section = "evaluate"       // Markdown
	PlansSection  Section = "evaluate plans" // PlansMarkdown
)

func (s Section) start() string { return fmt.Sprintf("<!-- %s -->\n", string(s)) }
func (s Section) end() string   { return fmt.Sprintf("<!-- end of %s -->\n", string(s)) }

// Page is a document with a section of tables that is made by this package.
type Page struct {
	path          string
	section       Section
	before, after string
}

// OpenPage reads a document and finds a section.
func OpenPage(path string, section Section) (*Page, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot read: %w", path, files.Cause(err))
	}
	before, rest, begins := strings.Cut(string(text), section.start())
	_, after, ends := strings.Cut(rest, section.end())
	if !begins || !ends {
		return nil, fmt.Errorf("%s: no section to renew (put it between the lines %s and %s)", path,
			strings.TrimSpace(section.start()), strings.TrimSpace(section.end()))
	}
	return &Page{path, section, before, after}, nil
}

// Renew replaces the section by tables, Markdown or PlansMarkdown.
func (p *Page) Renew(tables string) error {
	return files.Write(filepath.Dir(p.path), files.As(filepath.Base(p.path), func(w io.Writer) error {
		_, err := io.WriteString(w, p.before+p.section.start()+"\n"+tables+p.section.end()+p.after)
		return err
	}))
}
