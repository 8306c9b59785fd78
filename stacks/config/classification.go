package config

import (
	"fmt"
	"slices"

	"assetguard/internal/contract"
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

// platform is the asset type of the stack's own resources.
func (c Classification) platform() tagpolicy.AssetType {
	for _, t := range c.AssetTypes {
		if t.ID == c.PlatformAssetType {
			return t
		}
	}
	return tagpolicy.AssetType{}
}

func (s *Settings) classification() []Fault {
	c := s.Classification
	faults := slices.Concat(
		shaped("classification.environment", c.Environment),
		shaped("classification.owner", c.Owner),
		oneOf("classification.personalInformation", c.PersonalInformation, "Y", "N"),
	)
	if len(c.AssetTypes) > 0 && c.platform().ID == "" {
		faults = append(faults, Fault{
			Path:    "classification.platformAssetType",
			Problem: fmt.Sprintf("%q is none of the assetTypes", c.PlatformAssetType),
			Mend:    "name the id of one of classification.assetTypes",
		})
	}
	return faults
}
