package validate

import (
	"strings"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

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

func (v *validator) logs(at *yamltree.Path, l *v1alpha1.Logs) {
	if l.Archive != nil {
		v.archive(at.Field("archive"), l.Archive)
	}
}

// archive holds the volume to what an archive needs; what else a source must say is the API server's to know.
func (v *validator) archive(at *yamltree.Path, a *v1alpha1.LogArchive) {
	volume := at.Field("volume")
	given := v1alpha1.VolumeSources(&a.Volume)
	switch {
	case len(given) == 0:
		v.report(volume, "the archive has no volume: "+wantsOneClaim)
		return
	case len(given) > 1:
		v.report(volume, "the archive has %d volumes, %s: keep one", len(given), strings.Join(given, " and "))
		return
	}
	source := volume.Field(given[0])
	if sentence, refused := refusedForArchive[given[0]]; refused {
		v.report(source, sentence, given[0])
		return
	}
	if v1alpha1.ReadOnlyVolume(&a.Volume) {
		v.report(source.Field("readOnly"), "the driver writes the archive: remove readOnly")
	}
	if claim := a.Volume.PersistentVolumeClaim; claim != nil && claim.ClaimName == "" {
		v.report(source.Field("claimName"), "claimName is missing: "+wantsOneClaim)
	}
}
