// Command mkimage makes a container image from files on this machine, with no Docker and no registry.
//
// It packs the sources into one layer on top of nothing and writes one tar that two kinds of reader understand:
// an OCI image layout (for ctr, kind, podman and skopeo) that also carries the manifest.json of `docker save`
// (for docker load). Both name the same blobs, so the file is no larger for it.
//
// The same sources and flags give the same bytes: entries are sorted, owned by root and dated 1970; only --created
// (or SOURCE_DATE_EPOCH) puts a date into the image, and only into its config.
//
// It does not build from a base image, run commands, push, or make images for several platforms.
package main
