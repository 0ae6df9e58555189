package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"strings"
)

// measureCommit measures the tree of a commit, which stays in memory.
func measureCommit(ctx context.Context, root, ref string) (house, error) {
	command := exec.CommandContext(ctx, "git", "-C", root, "archive", "--format=tar", ref)
	var failure bytes.Buffer
	command.Stderr = &failure
	archive, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("read commit %s: %w: %s", ref, err, strings.TrimSpace(failure.String()))
	}
	return measureTar(tar.NewReader(bytes.NewReader(archive)))
}

func measureTar(archive *tar.Reader) (house, error) {
	h := house{}
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			h.resolveAll()
			return h, nil
		}
		if err != nil {
			return nil, err
		}
		if !counts(header.Name) {
			continue
		}
		source, err := io.ReadAll(archive)
		if err != nil {
			return nil, err
		}
		if err := h.read(path.Clean(header.Name), source); err != nil {
			return nil, err
		}
	}
}
