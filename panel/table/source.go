package table

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// source is the content of a table, whatever it is packed in.
type source struct {
	path   string
	stored int64 // bytes on disk: they bound how much the content may unpack to
	open   func() (io.ReadCloser, error)
	packed bool

	file io.ReaderAt // the content, where it is not packed
	size int64
	done func() error
}

func openSource(path string) (*source, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, openError(path, err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, openError(path, errors.Join(err, file.Close()))
	}
	if info.Mode().IsRegular() {
		return newSource(path, file, info.Size(), file.Close), nil
	}
	defer file.Close() // a pipe can be read once only
	all, err := io.ReadAll(file)
	if err != nil {
		return nil, openError(path, err)
	}
	return newSource(path, bytes.NewReader(all), int64(len(all)), nil), nil
}

func newSource(path string, file io.ReaderAt, size int64, done func() error) *source {
	return &source{
		path: path, stored: size, file: file, size: size, done: done,
		open: func() (io.ReadCloser, error) { return io.NopCloser(io.NewSectionReader(file, 0, size)), nil },
	}
}

func (s *source) Close() error {
	if s.done == nil {
		return nil
	}
	return s.done()
}

// The first bytes of files.
const (
	parquetMagic = "PAR1"
	zipMagic     = "PK\x03\x04"
	gzipMagic    = "\x1f\x8b"
	zstdMagic    = "\x28\xb5\x2f\xfd"
	oleMagic     = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
)

// content recognises the content.
func (s *source) content(o Options) (content, error) {
	start, err := s.start()
	if err != nil {
		return nil, err
	}
	is := func(magic string) bool { return strings.HasPrefix(start, magic) }
	switch {
	case is(gzipMagic), is(zstdMagic):
		if s.packed {
			return nil, fmt.Errorf("%s: the file is packed twice (unpack it once)", s.path)
		}
		return s.unpack(is(zstdMagic)).content(o)
	case is(oleMagic):
		return nil, fmt.Errorf("%s: the file is an Excel workbook of the old kind (.xls) or locked by a password "+
			"(save it as .xlsx without a password)", s.path)
	case is(zipMagic):
		return s.archive(o)
	case is(parquetMagic), strings.EqualFold(filepath.Ext(s.path), ".parquet") && !s.packed:
		if err := s.load(); err != nil {
			return nil, err
		}
		return openParquet(s)
	}
	return newCSV(s), nil
}

// start returns the first bytes.
func (s *source) start() (string, error) {
	from, err := s.open()
	if err != nil {
		return "", s.unreadable(err)
	}
	defer from.Close()
	var first [8]byte
	n, err := io.ReadFull(from, first[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", s.unreadable(err)
	}
	return string(first[:n]), nil
}

// load makes content that is packed available at any offset.
func (s *source) load() error {
	if s.file != nil {
		return nil
	}
	from, err := s.open()
	if err != nil {
		return s.unreadable(err)
	}
	defer from.Close()
	all, err := io.ReadAll(from)
	if err != nil {
		return s.unreadable(err)
	}
	s.file, s.size = bytes.NewReader(all), int64(len(all))
	return nil
}

// archive opens a zip archive: a workbook, or one file.
func (s *source) archive(o Options) (content, error) {
	if err := s.load(); err != nil {
		return nil, err
	}
	z, err := zip.NewReader(s.file, s.size)
	if err != nil {
		return nil, s.unreadable(err)
	}
	var files []*zip.File
	for _, f := range z.File {
		switch {
		case strings.EqualFold(f.Name, "[Content_Types].xml"):
			return openWorkbook(s, z, o)
		case f.Name == "mimetype":
			return nil, fmt.Errorf("%s: the file is an OpenDocument sheet (save it as .xlsx, or as CSV in UTF-8)", s.path)
		case !strings.HasSuffix(f.Name, "/") && !strings.HasPrefix(f.Name, "__MACOSX/"):
			files = append(files, f)
		}
	}
	if len(files) != 1 {
		return nil, fmt.Errorf("%s: the archive holds %d files (pack one table, or unpack it)", s.path, len(files))
	}
	if s.packed {
		return nil, fmt.Errorf("%s: the file is packed twice (unpack it once)", s.path)
	}
	budget := s.budget()
	return s.inner(func() (io.ReadCloser, error) {
		from, err := files[0].Open()
		if err != nil {
			return nil, err
		}
		return &limited{from, budget, from.Close}, nil
	}).content(o)
}

// inner is the content of what s packs.
func (s *source) inner(open func() (io.ReadCloser, error)) *source {
	return &source{path: s.path, stored: s.stored, open: open, packed: true}
}

// unreadable describes an error of reading or unpacking.
func (s *source) unreadable(err error) error {
	switch {
	case errors.Is(err, errBomb):
		return fmt.Errorf("%s: %w (unpack it, and check what it holds)", s.path, err)
	case s.packed, errors.Is(err, zip.ErrFormat), errors.Is(err, zip.ErrAlgorithm), errors.Is(err, zip.ErrChecksum):
		return fmt.Errorf("%s: the packed file is damaged: %w (pack it again)", s.path, err)
	}
	return openError(s.path, err)
}
