package config

import (
	"errors"
	"fmt"
	"slices"

	"assetguard/internal/contract"
	"assetguard/internal/strict"
	"assetguard/internal/tagpolicy"
)

// TagPolicy returns the tag policy document that the owner of an account writes to Parameter Store.
func (s *Settings) TagPolicy() *tagpolicy.Policy {
	c := s.Classification
	return &tagpolicy.Policy{
		Version:    tagpolicy.Version,
		AssetTypes: c.AssetTypes,
		Defaults: map[string]string{
			contract.TagEnvironment:         c.Environment,
			contract.TagOwner:               c.Owner,
			contract.TagPersonalInformation: c.PersonalInformation,
		},
		Rules:         c.Rules,
		RecordCreator: &c.RecordCreator,
	}
}

// Tags returns the classification tags of the stack's own resources, for the providers' DefaultTags.
func (s *Settings) Tags() map[string]string {
	c := s.Classification
	return map[string]string{
		contract.TagEnvironment:         c.Environment,
		contract.TagAssetType:           c.platform().Value,
		contract.TagPersonalInformation: c.PersonalInformation,
		contract.TagOwner:               c.Owner,
	}
}

// IgnoredTags returns the keys that only auto-tagging gives, for the providers' IgnoreTags: the event's and those
// that rules add to the classification. A refresh and an up leave them alone on the stack's own resources.
func (s *Settings) IgnoredTags() []string {
	keys := contract.RuntimeTags()
	for _, rule := range s.Classification.Rules {
		for _, key := range strict.Keys(rule.Tags) {
			if !slices.Contains(keys, key) && !slices.Contains(contract.ClassificationTags(), key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// platform is the asset type of the stack's own resources.
func (c Classification) platform() tagpolicy.AssetType {
	for _, t := range c.AssetTypes {
		if t.ID == c.PlatformAssetType {
			return t
		}
	}
	return tagpolicy.AssetType{}
}

// classification checks the classification as the tag policy that it becomes.
func (s *Settings) classification() []Fault {
	c := s.Classification
	var faults []Fault
	if len(c.AssetTypes) > 0 && c.platform().ID == "" {
		faults = append(faults, Fault{
			Path:    "classification.platformAssetType",
			Problem: fmt.Sprintf("%q is none of the assetTypes", c.PlatformAssetType),
			Mend:    "name the id of one of classification.assetTypes",
		})
	}
	faults = append(faults, oneOf("classification.removedKeys", c.RemovedKeys, contract.RemovedKeysRestore, contract.RemovedKeysReport)...)
	return append(faults, s.policyFaults()...)
}

func (s *Settings) policyFaults() []Fault {
	policy := s.TagPolicy()
	var faults []Fault
	var found strict.Faults
	errors.As(policy.Validate(), &found)
	for _, fault := range found {
		fault.Path = settingOf(fault.Path)
		faults = append(faults, fault)
	}
	document, err := policy.Marshal()
	if err == nil {
		err = tagpolicy.CheckSize(document)
	}
	if err != nil {
		faults = append(faults, Fault{
			Path:    "classification",
			Problem: err.Error(),
			Mend:    "merge rules that give the same tags, or shorten names and values; a Korean letter takes three bytes",
		})
	}
	return faults
}

// settingOf returns the setting that a path in the policy document comes from.
func settingOf(path string) string {
	switch path {
	case "defaults." + contract.TagEnvironment:
		return "classification.environment"
	case "defaults." + contract.TagOwner:
		return "classification.owner"
	case "defaults." + contract.TagPersonalInformation:
		return "classification.personalInformation"
	default:
		return "classification." + path
	}
}
