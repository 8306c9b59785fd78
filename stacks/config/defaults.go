package config

// Defaults returns the values of the settings that a file may leave out. A field that is empty here has no
// default: it is required, or its absence has the meaning that its comment states.
func Defaults() *Settings {
	return &Settings{
		Regions: Regions{Home: "ap-northeast-2"},
		Classification: Classification{
			Owner:               "DevOps",
			PersonalInformation: "N",
			PlatformAssetType:   "security-platform",
			RecordCreator:       true,
		},
		Language:  LanguageKorean,
		Retention: Retention{LogDays: 365, TrailDays: 1095},
	}
}
