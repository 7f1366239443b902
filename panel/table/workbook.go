package table

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// workbook is an .xlsx file: a zip archive of XML (ECMA-376, part 1, chapter 18). Libraries that read it end without an error
// where a sheet is damaged, and round numbers to 15 digits; both would give wrong numbers silently.
type workbook struct {
	source *source
	files  map[string]*zip.File
	left   int64 // bytes that its files may still unpack to

	sheets   []*sheet
	date1904 bool
	strings  []string // that cells refer to
	isDate   []bool   // of the styles that cells refer to: numbers are shown as dates
}

// openWorkbook returns the sheet that is meant.
func openWorkbook(s *source, z *zip.Reader, o Options) (content, error) {
	w := &workbook{source: s, files: map[string]*zip.File{}, left: s.budget()}
	for _, f := range z.File {
		w.files[strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, "\\", "/"), "/"))] = f
	}
	if err := w.read(); err != nil {
		return nil, w.damaged(err)
	}
	return w.choose(o)
}

func (w *workbook) damaged(err error) error {
	if errors.Is(err, errBomb) {
		return w.source.unreadable(err)
	}
	return fmt.Errorf("%s: unreadable workbook: %w (save it again as .xlsx, or as CSV in UTF-8)", w.source.path, err)
}

// relations are the files that a file refers to, by the id and by the last word of the type of the reference.
type relations map[string]string

func (w *workbook) relations(of string) (relations, error) {
	var content struct {
		Relationship []struct {
			ID     string `xml:"Id,attr"`
			Type   string `xml:"Type,attr"`
			Target string `xml:"Target,attr"`
		}
	}
	folder, name := path.Split(of)
	if err := w.decode(path.Join(folder, "_rels", name+".rels"), &content); err != nil {
		return nil, err
	}
	found := relations{}
	for _, r := range content.Relationship {
		target := r.Target
		if !strings.HasPrefix(target, "/") {
			target = path.Join("/", folder, target)
		}
		target = strings.TrimPrefix(target, "/")
		found[r.ID] = target
		found["/"+path.Base(r.Type)] = target
	}
	return found, nil
}

// read reads everything but the sheets.
func (w *workbook) read() error {
	root, err := w.relations("")
	if err != nil {
		return err
	}
	var book struct {
		WorkbookPr struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets struct {
			Sheet []struct {
				Name  string     `xml:"name,attr"`
				State string     `xml:"state,attr"`
				Attrs []xml.Attr `xml:",any,attr"`
			} `xml:"sheet"`
		} `xml:"sheets"`
	}
	main := root["/officeDocument"]
	if strings.HasSuffix(main, ".bin") {
		return errors.New("it is a binary workbook (.xlsb)")
	}
	if err = w.decode(main, &book); err != nil {
		return err
	}
	of, err := w.relations(main)
	if err != nil {
		return err
	}
	w.date1904 = book.WorkbookPr.Date1904 == "1" || book.WorkbookPr.Date1904 == "true"
	for _, s := range book.Sheets.Sheet {
		for _, a := range s.Attrs {
			if file := of[a.Value]; a.Name.Local == "id" && strings.Contains(path.Dir(file), "sheet") && !strings.Contains(file, "chartsheet") {
				w.sheets = append(w.sheets, &sheet{book: w, name: s.Name, file: file, hidden: s.State != "" && s.State != "visible"})
			}
		}
	}
	if file := of["/styles"]; file != "" {
		if err = w.readStyles(file); err != nil {
			return err
		}
	}
	if file := of["/sharedStrings"]; file != "" {
		return w.readStrings(file)
	}
	return nil
}

// open opens a file of the archive. What it unpacks to counts against the budget of the workbook.
func (w *workbook) open(name string) (io.ReadCloser, error) {
	f := w.files[strings.ToLower(name)]
	if f == nil {
		return nil, fmt.Errorf("it has no %q", name)
	}
	from, err := f.Open()
	if err != nil {
		return nil, err
	}
	return &limited{from, w.left, from.Close}, nil
}

// decode reads a file of the archive as XML, to its end, where the archive's checksum is compared.
func (w *workbook) decode(name string, into any) error {
	return w.parse(name, func(d *xml.Decoder) error { return d.Decode(into) })
}

func (w *workbook) parse(name string, read func(*xml.Decoder) error) error {
	from, err := w.open(name)
	if err != nil {
		return err
	}
	defer from.Close()
	if err := read(xml.NewDecoder(from)); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if _, err := io.Copy(io.Discard, from); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// readStrings reads the texts that cells refer to by number. Phonetic readings are not part of them.
func (w *workbook) readStrings(name string) error {
	return w.parse(name, func(d *xml.Decoder) error {
		var item richText
		return elements(d, map[string]func(xml.StartElement) error{"si": func(start xml.StartElement) error {
			item = richText{}
			if err := d.DecodeElement(&item, &start); err != nil {
				return err
			}
			w.strings = append(w.strings, item.String())
			return nil
		}})
	})
}

// richText is a text in one or several runs.
type richText struct {
	T string `xml:"t"`
	R []struct {
		T string `xml:"t"`
	} `xml:"r"`
}

func (r richText) String() string {
	text := r.T
	for _, run := range r.R {
		text += run.T
	}
	return text
}

// elements calls the visitor of each element that has one, in the order of the file. A visitor may read the element.
func elements(d *xml.Decoder, visit map[string]func(xml.StartElement) error) error {
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if start, ok := token.(xml.StartElement); ok && visit[start.Name.Local] != nil {
			if err := visit[start.Name.Local](start); err != nil {
				return err
			}
		}
	}
}

// readStyles finds out which styles show a number as a date.
func (w *workbook) readStyles(name string) error {
	var styles struct {
		NumFmts struct {
			NumFmt []struct {
				ID   int    `xml:"numFmtId,attr"`
				Code string `xml:"formatCode,attr"`
			} `xml:"numFmt"`
		} `xml:"numFmts"`
		CellXfs struct {
			Xf []struct {
				NumFmtID int `xml:"numFmtId,attr"`
			} `xml:"xf"`
		} `xml:"cellXfs"`
	}
	if err := w.decode(name, &styles); err != nil {
		return err
	}
	codes := map[int]string{}
	for _, f := range styles.NumFmts.NumFmt {
		codes[f.ID] = f.Code
	}
	for _, xf := range styles.CellXfs.Xf {
		code, custom := codes[xf.NumFmtID]
		w.isDate = append(w.isDate, !custom && isDateFormat(xf.NumFmtID) || custom && showsDate(code))
	}
	return nil
}

// isDateFormat reports whether a built-in format shows a date (section 18.8.30).
func isDateFormat(id int) bool {
	return id >= 14 && id <= 17 || id == 22 || id >= 27 && id <= 31 || id == 36 || id >= 50 && id <= 54 || id == 57 || id == 58
}

// showsDate reports whether a format's code shows a year or a day, or a month without hours: mmm, but not mm:ss.
func showsDate(code string) bool {
	var letters strings.Builder
	for i := 0; i < len(code) && code[i] != ';'; i++ {
		switch code[i] {
		case '\\', '_', '*': // the next character is text, or space
			i++
		case '"', '[':
			end := strings.IndexByte(code[i+1:], map[byte]byte{'"': '"', '[': ']'}[code[i]])
			if end < 0 {
				return false
			}
			i += end + 1
		default:
			letters.WriteByte(code[i])
		}
	}
	shown := strings.ReplaceAll(strings.ToLower(letters.String()), "general", "")
	return strings.ContainsAny(shown, "yd") || strings.Contains(shown, "m") && !strings.ContainsAny(shown, "hs:")
}
