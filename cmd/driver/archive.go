package main

import (
	"fmt"
	"io"

	"github.com/stepherd/stepherd/internal/archive"
	"github.com/stepherd/stepherd/internal/archive/transfer"
	"github.com/stepherd/stepherd/internal/driver/steplogs"
	"github.com/stepherd/stepherd/internal/podspec"
)

// archiving is an archive.Writer as the driver's port.
type archiving struct{ *archive.Writer }

func (a archiving) Open(step string, attempt int, container string) (steplogs.ArchiveLog, error) {
	log, err := a.Writer.Open(step, attempt, container)
	if err != nil {
		return nil, err // and no log, rather than a nil *archive.Log in the interface
	}
	return log, nil
}

// keepIn keeps a run's logs in a folder.
func keepIn(root string, id podspec.Identity) steplogs.Archive {
	return archiving{archive.NewWriter(archive.Dir{Root: root}, archive.Folder(id.Namespace, id.Run, id.RunUID))}
}

// exitArchive means that what was asked for was not written to its end; stdout and stderr tell why.
const exitArchive = 1

// sendArchive writes the archived logs that a launcher asks for.
func sendArchive(from archive.Storage, request string, stdout, stderr io.Writer) int {
	r, err := transfer.DecodeRequest(request)
	if err == nil {
		err = transfer.Send(stdout, from, r, transfer.SendSize)
	}
	if err != nil {
		fmt.Fprintln(stderr, "error:", err)
		return exitArchive
	}
	return 0
}
