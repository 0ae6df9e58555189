package pipelinefile

import "testing"

// TestLogArchive: what an archive's volume may be, with the place and the sentence of what it may not be.
func TestLogArchive(t *testing.T) {
	const outlives = "dies with the driver's Pod, and the archive with it: use a volume that outlives it, as persistentVolumeClaim: {claimName: logs}"
	const writable = "cannot be written: use a volume that can, as persistentVolumeClaim: {claimName: logs}"
	const volume = "logs.archive.volume"
	tests := []struct{ name, logs, problem string }{
		{"a claim", "{archive: {volume: {persistentVolumeClaim: {claimName: logs}}}}", ""},
		{"nfs", "{archive: {volume: {nfs: {server: a, path: /b}}}}", ""},
		{"an inline csi volume", "{archive: {volume: {csi: {driver: d, readOnly: false}}}}", ""},
		{"no archive", "{}", ""},
		{"no volume", "{archive: {}}", "4:8: " + volume + ": the archive has no volume: write it as volume: {persistentVolumeClaim: {claimName: logs}}"},
		{"an empty volume", "{archive: {volume: {}}}", "4:18: " + volume + ": the archive has no volume: write it as volume: {persistentVolumeClaim: {claimName: logs}}"},
		{"two volumes", "{archive: {volume: {nfs: {server: a, path: /b}, hostPath: {path: /x}}}}", "4:18: " + volume + ": the archive has 2 volumes, hostPath and nfs: keep one"},
		{"emptyDir", "{archive: {volume: {emptyDir: {}}}}", "4:27: " + volume + ".emptyDir: emptyDir " + outlives},
		{"ephemeral", "{archive: {volume: {ephemeral: {}}}}", "4:27: " + volume + ".ephemeral: ephemeral " + outlives},
		{"configMap", "{archive: {volume: {configMap: {name: a}}}}", "4:27: " + volume + ".configMap: configMap " + writable},
		{"secret", "{archive: {volume: {secret: {secretName: a}}}}", "4:27: " + volume + ".secret: secret " + writable},
		{"a claim for reading", "{archive: {volume: {persistentVolumeClaim: {claimName: a, readOnly: true}}}}", "4:75: " + volume + ".persistentVolumeClaim.readOnly: the driver writes the archive: remove readOnly"},
		{"csi for reading", "{archive: {volume: {csi: {driver: a, readOnly: true}}}}", "4:54: " + volume + ".csi.readOnly: the driver writes the archive: remove readOnly"},
		{"no claim's name", "{archive: {volume: {persistentVolumeClaim: {}}}}", "4:27: " + volume + ".persistentVolumeClaim.claimName: claimName is missing: write it as volume: {persistentVolumeClaim: {claimName: logs}}"},
		{"a key of logs", "{archiv: {volume: {nfs: {server: a, path: /b}}}}", `4:8: logs.archiv: unknown key "archiv"; did you mean "archive"?`},
		{"a key of a volume", "{archive: {volume: {persistentVolumeclaim: {claimName: a}}}}", `4:27: logs.archive.volume.persistentVolumeclaim: unknown key "persistentVolumeclaim"; keys are case-sensitive: did you mean "persistentVolumeClaim"?`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			reading, err := Read("p", []byte("apiVersion: stepherd.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: a}\nlogs: "+tt.logs+"\nsteps: [{name: a, settings: {image: \"a:1\"}}]\n"), Options{})
			if tt.problem == "" {
				if err != nil {
					t.Fatal(err)
				}
				if w := reading.Warnings; len(w) > 0 {
					t.Error(w)
				}
				return
			}
			if err == nil || err.Error() != "p:"+tt.problem {
				t.Errorf("got  %v\nwant p:%s", err, tt.problem)
			}
		})
	}
}
