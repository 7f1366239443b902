// Package files writes a command's output: all files or none, never over an input of the command, and with errors that name
// the file and the cause. Start reading at Write. (google/renameio does not write on Windows, and it renames one file at a
// time.)
package files

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// File is a file of the output folder: its name and the function that writes it.
type File struct {
	Name  string
	Write func(w io.Writer) error
}

// As returns a File.
func As(name string, write func(w io.Writer) error) File { return File{name, write} }

// Write writes files to dir, which it creates if necessary. All are written under temporary names and synced to disk before
// the first is renamed: neither a full disk nor a power failure leaves a partial file.
func Write(dir string, files ...File) (err error) {
	if err := makeFolder(dir); err != nil {
		return err
	}
	temporary := make([]string, 0, len(files))
	defer func() {
		if err != nil {
			for _, name := range temporary {
				err = errors.Join(err, os.Remove(name))
			}
		}
	}()
	for _, f := range files {
		name, err := write(dir, f)
		if err != nil {
			return err
		}
		temporary = append(temporary, name)
	}
	for _, f := range files {
		if err := os.Rename(temporary[0], filepath.Join(dir, f.Name)); err != nil {
			return fmt.Errorf("%s: cannot write: %w", filepath.Join(dir, f.Name), Cause(err))
		}
		temporary = temporary[1:]
	}
	return nil
}

func write(dir string, file File) (string, error) {
	// The name is fixed, so that a temporary file left by a killed process is overwritten.
	f, err := os.Create(part(dir, file.Name))
	if err != nil {
		return "", fmt.Errorf("%s: cannot write: %w", dir, Cause(err))
	}
	buffered := bufio.NewWriter(f)
	for _, err := range []error{file.Write(buffered), buffered.Flush(), f.Sync(), f.Close()} {
		if err != nil { // the first is the cause: with a full disk all fail
			return "", errors.Join(fmt.Errorf("%s: cannot write: %w", filepath.Join(dir, file.Name), Cause(err)), os.Remove(f.Name()))
		}
	}
	return f.Name(), nil
}

// part returns the temporary name of a file.
func part(dir, name string) string { return filepath.Join(dir, "."+name+".part") }

// Remove removes files, and temporary files left by a killed process. Missing files are not an error.
func Remove(dir string, names ...string) error {
	for _, name := range names {
		for _, path := range []string{filepath.Join(dir, name), part(dir, name)} {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("%s: cannot remove: %w", path, Cause(err))
			}
		}
	}
	return nil
}

// Prepare creates the output folder and checks that it is writable, so that long work does not fail at its end.
func Prepare(dir string) error {
	if err := makeFolder(dir); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, ".probe.part"))
	if err != nil {
		return fmt.Errorf("%s: cannot write to the output folder: %w", dir, Cause(err))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("%s: cannot make the output folder: %w", dir, Cause(err))
	}
	return nil
}

// Protect returns an error if files of the given names in dir would replace one of the inputs.
func Protect(dir string, names []string, inputs ...string) error {
	for _, name := range names {
		target, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			continue // no such file
		}
		for _, input := range inputs {
			if read, err := os.Stat(input); err == nil && os.SameFile(read, target) {
				return fmt.Errorf("%s: is read here and would be replaced (name another output folder)", input)
			}
		}
	}
	return nil
}

// Cause returns the error of the system without its, possibly temporary, file name.
func Cause(err error) error {
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
