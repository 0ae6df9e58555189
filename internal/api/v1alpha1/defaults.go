package v1alpha1

// SetDefaults fills what was left out. It is total and idempotent. Security is not filled in here, so that plans stay
// small: Effective does.
func SetDefaults(p *Pipeline) {
	if p.FailurePolicy == "" {
		p.FailurePolicy = StopOnFailure
	}
	p.Driver.Resources.setDefaults()
	p.Settings.Resources.setDefaults()
	for i := range p.Steps {
		p.Steps[i].Settings.Resources.setDefaults()
	}
}

func (r *Resources) setDefaults() {
	if r != nil && r.GPU != nil && r.GPU.Resource == "" {
		r.GPU.Resource = DefaultGPUResource
	}
}
