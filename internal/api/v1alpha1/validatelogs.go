package v1alpha1

import "strings"

// Why some volumes can be no archive.
const (
	diesWithPod   = "%s dies with the driver's Pod, and the archive with it: use a volume that outlives it, as persistentVolumeClaim: {claimName: logs}"
	cannotBeKept  = "%s cannot be written: use a volume that can, as persistentVolumeClaim: {claimName: logs}"
	wantsOneClaim = "write it as volume: {persistentVolumeClaim: {claimName: logs}}"
)

// refusedForArchive are sources of volumes with what is wrong with them.
var refusedForArchive = map[string]string{
	"emptyDir":    diesWithPod,
	"ephemeral":   diesWithPod,
	"gitRepo":     diesWithPod,
	"configMap":   cannotBeKept,
	"secret":      cannotBeKept,
	"downwardAPI": cannotBeKept,
	"projected":   cannotBeKept,
	"image":       cannotBeKept,
}

func (v *validator) logs(at *path, l *Logs) {
	if l.Archive != nil {
		v.archive(at.field("archive"), l.Archive)
	}
}

// archive holds the volume to what an archive needs; what else a source must say is the API server's to know.
func (v *validator) archive(at *path, a *LogArchive) {
	volume := at.field("volume")
	given := sources(&a.Volume)
	switch {
	case len(given) == 0:
		v.report(volume, "the archive has no volume: "+wantsOneClaim)
		return
	case len(given) > 1:
		v.report(volume, "the archive has %d volumes, %s: keep one", len(given), strings.Join(given, " and "))
		return
	}
	source := volume.field(given[0])
	if sentence, refused := refusedForArchive[given[0]]; refused {
		v.report(source, sentence, given[0])
		return
	}
	if readOnly(&a.Volume) {
		v.report(source.field("readOnly"), "the driver writes the archive: remove readOnly")
	}
	if claim := a.Volume.PersistentVolumeClaim; claim != nil && claim.ClaimName == "" {
		v.report(source.field("claimName"), "claimName is missing: "+wantsOneClaim)
	}
}

func (w *warner) archive(at *path, l *Logs) {
	if l.Archive != nil && l.Archive.Volume.HostPath != nil {
		w.warn(at.fields("archive", "volume", "hostPath"),
			"a folder of one node: a driver or a reader on another node finds another one, and a namespace that enforces baseline or restricted refuses both")
	}
}
