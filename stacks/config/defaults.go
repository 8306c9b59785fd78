package config

import (
	"assetguard/internal/contract"
	"assetguard/internal/finding"
)

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
			// An auditor must find the required tags on every asset at any time, and the alarm tells of the removal anyway.
			RemovedKeys: contract.RemovedKeysRestore,
		},
		Language:  LanguageKorean,
		Retention: Retention{LogDays: 365, TrailDays: 1095},
		Inspection: Inspection{
			Inspector: Inspector{EC2: true, ECR: true, Lambda: true},
			Config:    Recording{Recording: RecordingContinuous, HistoryDays: 1095},
			// What can cut off access that somebody needs, the default security group, stays off.
			Baseline:     Baseline{EBSEncryption: true, MetadataTokens: true, S3PublicAccessBlock: true, PasswordPolicy: true},
			Organization: Organization{Role: OrganizationNone},
		},
		Alerting: Alerting{
			// Ten notices are read; what comes beyond within five minutes is one digest.
			Singles: 10, GatherSeconds: 300,
			LogSeverity: finding.Low.String(),
		},
		Remediation: Remediation{
			Enabled: true, OptOutTag: contract.OptOutTag, InFlight: 5, FailuresInRow: 3, RepairsPerDay: 2, NoticesPerHour: 20,
			// The night before Monday: people are back soon after.
			MaintenanceWindow: MaintenanceWindow{Days: []string{"sun"}, Start: "02:00", Hours: 4},
		},
		GoldenImage: GoldenImage{
			BaseImage: BaseAmazonLinux2023, Architecture: ArchitectureARM, Release: ReleaseLatest, VolumeGB: 8,
			Schedule: "cron(0 2 ? * sun *)", Start: StartUpdates,
			Scan:      ImageScan{Enabled: true, MaxHigh: 10},
			Lifecycle: ImageLifecycle{DeprecateAfterDays: 90, DeleteAfterDays: 180, Keep: 3},
			// Two releases of the base image missed, and the week in which the schedule looks.
			MaxAgeDays: 35,
		},
	}
}
