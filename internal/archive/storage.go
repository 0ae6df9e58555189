package archive

import "io"

// Storage keeps files. Their names are relative, with / between the parts. Files only grow, except that they are cut when
// they are opened: each Append could be an object of its own. It is used by many goroutines, each file by one.
type Storage interface {
	// Append opens a file to be written behind its first size bytes; what is behind them is cut off. A file that does not
	// exist is made, for good.
	Append(name string, size int64) (File, error)
	// Read opens a file to be read. The error is fs.ErrNotExist where there is none.
	Read(name string) (Content, error)
	// List gives the names in a folder, sorted; none where there is no such folder.
	List(folder string) ([]string, error)
}

// File is a file that grows.
type File interface {
	// Append adds all of b, and returns when it is kept for good.
	Append(b []byte) error
	Close() error
}

// Content is what a file had when it was opened.
type Content interface {
	io.ReaderAt
	io.Closer
	Size() int64
}
