package zenml

import "github.com/stepherd/stepherd/internal/api/yamltree"

// rule is what becomes of a setting of ZenML.
type rule struct {
	key string
	// here is what it becomes, or why it means nothing here; a warning and the table in docs/ZENML.md give it.
	here string
	// take moves it to where Stepherd has it. Without it the setting is ignored, with a warning.
	take func(*target, yamltree.Field)
	// refused settings would change what a run does.
	refused bool
}

// settingRules are all settings of ZenML's Kubernetes orchestrator: KubernetesOrchestratorSettings, those that it had in earlier
// versions, and KubernetesOrchestratorConfig, which a settings file may repeat.
var settingRules = []rule{
	{key: "pod_settings", here: "`settings`, see below", take: func(t *target, f yamltree.Field) { t.podSettings(f.Value) }},
	{key: "orchestrator_pod_settings", here: "`driver`, see below", take: (*target).orchestratorPodSettings},
	{key: "service_account_name", here: "`driver.serviceAccountName`, and `settings.serviceAccountName` unless `step_pod_service_account_name` is given", take: (*target).serviceAccount},
	{key: "step_pod_service_account_name", here: "`settings.serviceAccountName`", take: func(t *target, f yamltree.Field) { t.put("serviceAccountName", f.Value) }},
	{key: "privileged", here: "`settings.security: privileged`", take: func(t *target, f yamltree.Field) { t.privileged(f.Value) }},
	{key: "max_parallelism", here: "`parallelism`", take: (*target).maxParallelism},
	{key: "active_deadline_seconds", here: "`timeout`, of the run or of the step", take: (*target).deadline},
	{key: "ttl_seconds_after_finished", here: "`ttl`", take: (*target).ttl},
	{key: "pod_stop_grace_period", here: "`settings.podSettings.terminationGracePeriodSeconds`", take: func(t *target, f yamltree.Field) { t.putPod("terminationGracePeriodSeconds", f.Value) }},
	{key: "pod_startup_timeout", here: "`settings.startTimeout`", take: func(t *target, f yamltree.Field) { t.seconds(t.object, "startTimeout", f.Value) }},
	{key: "pod_failure_max_retries", here: "`settings.retry.infraLimit`", take: func(t *target, f yamltree.Field) { t.putBelow("infraLimit", f.Value, "retry") }},
	{key: "pod_failure_retry_delay", here: "`settings.retry.backoff.duration`", take: (*target).retryDelay},
	{key: "pod_failure_backoff", here: "`settings.retry.backoff.factor`", take: func(t *target, f yamltree.Field) { t.putBelow("factor", f.Value, "retry", "backoff") }},
	{key: "backoff_limit_margin", here: "`settings.retry.limit`", take: func(t *target, f yamltree.Field) { t.putBelow("limit", f.Value, "retry") }},
	{key: "cpu_count", here: "`settings.resources.cpu`", take: func(t *target, f yamltree.Field) { t.putBelow("cpu", f.Value, "resources") }},
	{key: "gpu_count", here: "`settings.resources.gpu`", take: func(t *target, f yamltree.Field) { t.putBelow("gpu", f.Value, "resources") }},
	{key: "kubernetes_namespace", here: "`submit -n`: a run that would go to another namespace is refused", take: (*target).namespace},
	{key: "kubernetes_context", here: "`submit --context`: a run that goes elsewhere is warned about", take: (*target).context},
	{key: "pod_failure_policy", here: "nothing is like it: `retry.limit` counts every exit code but 0, and disruptions are counted apart", refused: true},
	{key: "synchronous", here: "use `submit --wait` or `submit --follow`"},
	{key: "timeout", here: "it bounds how long the client waits: use `wait --timeout`"},
	{key: "job_name_prefix", here: "use `submit --name`"},
	{key: "pod_name_prefix", here: "Pods are named after run and step"},
	{key: "successful_jobs_history_limit", here: "set `successfulJobsHistoryLimit` in the CronJob"},
	{key: "failed_jobs_history_limit", here: "set `failedJobsHistoryLimit` in the CronJob"},
	{key: "orchestrator_job_backoff_limit", here: "a driver that dies is restarted and goes on"},
	{key: "fail_on_container_waiting_reasons", here: "a Pod that cannot start fails its step by itself"},
	{key: "job_monitoring_interval", here: "Stepherd watches and does not poll"},
	{key: "job_monitoring_delay", here: "Stepherd watches and does not poll"},
	{key: "interrupt_check_interval", here: "Stepherd watches and does not poll"},
	{key: "prevent_orchestrator_pod_caching", here: "nothing is cached"},
	{key: "always_build_pipeline_image", here: "Stepherd builds no images"},
	{key: "stream_step_logs", here: "use `submit --follow` or `logs -f`"},
	{key: "incluster", here: "the launcher uses the Pod's own account where it has no kubeconfig"},
	{key: "local", here: "every cluster is the same to Stepherd"},
	{key: "skip_local_validations", here: "use `submit --no-check` to leave out the checks on the cluster"},
	{key: "skip_config_loading", here: "there is no configuration to load"},
	{key: "pass_zenml_token_as_secret", here: "there is no token to pass"},
	{key: "skip_owner_references", here: "step Pods always belong to their run, and go with it"},
	{key: "parallel_step_startup_waiting_period", here: "Pods are created as fast as the API server allows"},
	{key: "api_request_timeout", here: "requests are repeated for as long as the run may take"},
	{key: "max_api_retries", here: "requests are repeated for as long as the run may take"},
}

// componentRules are the other components of ZenML that a settings file may name.
var componentRules = []rule{
	{key: "docker", here: "Stepherd builds no images: what `requirements`, `apt_packages` and the like would install must be in `settings.image`; `environment` and `runtime_environment` become `settings.env`"},
	{key: "step_operator", here: "every step is a Pod: move its `pod_settings` to `orchestrator.kubernetes`"},
	{key: "sandbox", here: "there is no such component"},
	{key: "experiment_tracker", here: "there is no such component"},
	{key: "artifact_store", here: "there is no such component"},
	{key: "container_registry", here: "there is no such component: images are named in full"},
	{key: "image_builder", here: "Stepherd builds no images"},
	{key: "model_deployer", here: "there is no such component"},
	{key: "model_registry", here: "there is no such component"},
	{key: "deployer", here: "there is no such component"},
	{key: "data_validator", here: "there is no such component"},
	{key: "feature_store", here: "there is no such component"},
	{key: "annotator", here: "there is no such component"},
	{key: "alerter", here: "there is no such component"},
	{key: "log_store", here: "there is no such component: see `logs`"},
}

// ruleOf finds a rule by key in either spelling.
func ruleOf(rules []rule, key string) *rule {
	for i := range rules {
		if rules[i].key == snakeCase(key) {
			return &rules[i]
		}
	}
	return nil
}

// rulesTaken are those that become something.
func rulesTaken() []rule {
	var taken []rule
	for _, rule := range settingRules {
		if rule.take != nil {
			taken = append(taken, rule)
		}
	}
	return taken
}
