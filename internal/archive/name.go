package archive

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// Name names a log within a run.
type Name struct {
	Step      string `json:"step"`
	Attempt   int    `json:"attempt"`
	Container string `json:"container"`
}

func (n Name) String() string {
	return fmt.Sprintf("container %s of attempt %d of step %s", n.Container, n.Attempt, n.Step)
}

// Suffixes of the two files of a log.
const (
	LogSuffix   = ".log.gz"
	IndexSuffix = ".idx"
)

// base is the log's place under the run's folder, without a suffix.
func (n Name) base() string {
	return path.Join(FileName(n.Step), strconv.Itoa(n.Attempt), FileName(n.Container))
}

// Folder is the place of a run's logs. A part of the UID keeps runs of one name apart.
func Folder(namespace, run, uid string) string {
	return path.Join(FileName(namespace), FileName(run)+"-"+FileName(uid[:min(len(uid), 8)]))
}

// FileName is a name as a file may be called everywhere, and a shell takes as a word: what is neither letter, digit, dash,
// underscore nor dot is written as %XX, and so is a dot in front. Different names stay different.
func FileName(name string) string {
	var out strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.' && i > 0:
			out.WriteByte(c)
		default:
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}
	if out.Len() == 0 {
		return "%"
	}
	return out.String()
}
