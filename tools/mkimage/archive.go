package main

import (
	"archive/tar"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// blob is one file of the archive.
type blob struct {
	name string
	data []byte
}

// dockerManifest is one entry of the manifest.json that `docker save` writes.
type dockerManifest struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// writeArchive writes to a file next to the output and renames it, so that a reader never meets half an archive.
func writeArchive(output string, tag name.Tag, img v1.Image) (err error) {
	blobs, err := archiveBlobs(tag, img)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(output), ".mkimage-*")
	if err != nil {
		return badInput("output %q cannot be written (%v); make its folder first, or correct the path", output, reason(err))
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	if err := writeBlobs(file, blobs); err != nil {
		_ = file.Close()
		return fmt.Errorf("write output %q: %w", output, err)
	}
	// CreateTemp makes files for the owner alone; an archive is handed to daemons that run as somebody else.
	if err := file.Chmod(0o644); err != nil {
		_ = file.Close()
		return fmt.Errorf("set the mode of output %q: %w", output, err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("write output %q: %w", output, err)
	}
	if err := os.Rename(file.Name(), output); err != nil {
		return badInput("output %q cannot be replaced (%v); name a file", output, reason(err))
	}
	return nil
}

func writeBlobs(w io.Writer, blobs []blob) error {
	out := tar.NewWriter(w)
	for _, b := range blobs {
		header := &tar.Header{Name: b.name, Mode: 0o644, Size: int64(len(b.data)), ModTime: time.Unix(0, 0)}
		if b.data == nil {
			header.Typeflag, header.Mode = tar.TypeDir, 0o755
		}
		if err := out.WriteHeader(header); err != nil {
			return err
		}
		if _, err := out.Write(b.data); err != nil {
			return err
		}
	}
	return out.Close()
}

// archiveBlobs lists the archive's files. The blobs of layer, config and manifest are stored once; index.json and
// manifest.json are two tables of contents for them.
func archiveBlobs(tag name.Tag, img v1.Image) ([]blob, error) {
	manifest, err := img.Manifest()
	if err != nil {
		return nil, fmt.Errorf("read the image's manifest: %w", err)
	}
	contents, err := contentBlobs(img, manifest)
	if err != nil {
		return nil, err
	}
	index, err := indexJSON(tag, img)
	if err != nil {
		return nil, err
	}
	docker, err := dockerJSON(tag, manifest)
	if err != nil {
		return nil, err
	}
	tables := []blob{
		{name: "oci-layout", data: []byte(`{"imageLayoutVersion":"1.0.0"}`)},
		{name: "index.json", data: index},
		{name: "manifest.json", data: docker},
		{name: "blobs/"},
		{name: "blobs/sha256/"},
	}
	return append(tables, contents...), nil
}

func contentBlobs(img v1.Image, manifest *v1.Manifest) ([]blob, error) {
	digest, err := img.Digest()
	if err != nil {
		return nil, fmt.Errorf("read the image's digest: %w", err)
	}
	rawManifest, err := img.RawManifest()
	if err != nil {
		return nil, fmt.Errorf("read the image's manifest: %w", err)
	}
	rawConfig, err := img.RawConfigFile()
	if err != nil {
		return nil, fmt.Errorf("read the image's config: %w", err)
	}
	blobs := []blob{{blobName(digest), rawManifest}, {blobName(manifest.Config.Digest), rawConfig}}
	for _, descriptor := range manifest.Layers {
		data, err := layerBytes(img, descriptor.Digest)
		if err != nil {
			return nil, fmt.Errorf("read layer %s: %w", descriptor.Digest, err)
		}
		blobs = append(blobs, blob{blobName(descriptor.Digest), data})
	}
	return blobs, nil
}

func layerBytes(img v1.Image, digest v1.Hash) ([]byte, error) {
	layer, err := img.LayerByDigest(digest)
	if err != nil {
		return nil, err
	}
	compressed, err := layer.Compressed()
	if err != nil {
		return nil, err
	}
	defer compressed.Close()
	return io.ReadAll(compressed)
}

// indexJSON names the image twice: containerd and podman read the full name, other tools only the tag.
func indexJSON(tag name.Tag, img v1.Image) ([]byte, error) {
	digest, err := img.Digest()
	if err != nil {
		return nil, fmt.Errorf("read the image's digest: %w", err)
	}
	size, err := img.Size()
	if err != nil {
		return nil, fmt.Errorf("read the image's size: %w", err)
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("read the image's config: %w", err)
	}
	return json.Marshal(v1.IndexManifest{
		SchemaVersion: 2,
		MediaType:     types.OCIImageIndex,
		Manifests: []v1.Descriptor{{
			MediaType: types.OCIManifestSchema1,
			Size:      size,
			Digest:    digest,
			Platform:  config.Platform(),
			Annotations: map[string]string{
				"io.containerd.image.name":          fullName(tag),
				"org.opencontainers.image.ref.name": tag.TagStr(),
			},
		}},
	})
}

func dockerJSON(tag name.Tag, manifest *v1.Manifest) ([]byte, error) {
	entry := dockerManifest{Config: blobName(manifest.Config.Digest), RepoTags: []string{fullName(tag)}}
	for _, layer := range manifest.Layers {
		entry.Layers = append(entry.Layers, blobName(layer.Digest))
	}
	return json.Marshal([]dockerManifest{entry})
}

func blobName(digest v1.Hash) string {
	return "blobs/" + digest.Algorithm + "/" + digest.Hex
}
