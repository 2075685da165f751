package api

import (
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"
)

// BenchApplyConfiguration is what controller-gen writes for server-side apply, as far as it is needed here.
type BenchApplyConfiguration struct {
	metav1ac.TypeMetaApplyConfiguration    `json:",inline"`
	*metav1ac.ObjectMetaApplyConfiguration `json:"metadata,omitempty"`

	Status *BenchStatusApplyConfiguration `json:"status,omitempty"`
}

// BenchStatusApplyConfiguration is the status of it.
type BenchStatusApplyConfiguration struct {
	ObservedGeneration *int64                                 `json:"observedGeneration,omitempty"`
	Conditions         []metav1ac.ConditionApplyConfiguration `json:"conditions,omitempty"`
}

// ApplyBench names the object that is applied.
func ApplyBench(name, namespace string) *BenchApplyConfiguration {
	b := &BenchApplyConfiguration{ObjectMetaApplyConfiguration: &metav1ac.ObjectMetaApplyConfiguration{}}
	b.WithKind("Bench")
	b.WithAPIVersion(GroupVersion.String())
	b.WithName(name)
	b.WithNamespace(namespace)
	return b
}

// IsApplyConfiguration marks it as one.
func (b BenchApplyConfiguration) IsApplyConfiguration() {}

// GetKind and the three below are asked for by clients.
func (b *BenchApplyConfiguration) GetKind() *string { return b.TypeMetaApplyConfiguration.Kind }

// GetAPIVersion is group and version.
func (b *BenchApplyConfiguration) GetAPIVersion() *string {
	return b.TypeMetaApplyConfiguration.APIVersion
}

// GetName is the object's name.
func (b *BenchApplyConfiguration) GetName() *string { return b.ObjectMetaApplyConfiguration.Name }

// GetNamespace is the object's namespace.
func (b *BenchApplyConfiguration) GetNamespace() *string {
	return b.ObjectMetaApplyConfiguration.Namespace
}
