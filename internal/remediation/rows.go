package remediation

import "assetguard/internal/contract"

var rows = []Row{
	{
		ID: "S3.8", Controls: []string{"S3.8"}, Checks: []string{"S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED"},
		Runbook: "block-public-bucket", Mode: contract.ModeAuto, BlockedAccount: true,
		Title: text("Blocks public access to the bucket", "버킷의 퍼블릭 액세스를 차단합니다"),
		Risk: text("None while the account blocks public access, as the baseline has it; without that, anonymous readers are cut off, and the repair waits for approval",
			"기준선대로 계정이 퍼블릭 액세스를 차단하면 영향이 없습니다. 그렇지 않으면 익명 접근이 끊기므로 승인을 기다립니다"),
	},
	{
		ID: "S3.2", Controls: []string{"S3.2"}, Checks: []string{"S3_BUCKET_PUBLIC_READ_PROHIBITED"},
		Runbook: "block-public-bucket", Mode: contract.ModeApproval,
		Title: text("Blocks public access to a bucket that the public reads", "공개 읽기가 가능한 버킷의 퍼블릭 액세스를 차단합니다"),
		Risk:  text("Somebody may read it on purpose, such as visitors of a website", "웹사이트 방문자처럼 의도된 공개 접근이 끊길 수 있습니다"),
	},
	{
		ID: "S3.3", Controls: []string{"S3.3"}, Checks: []string{"S3_BUCKET_PUBLIC_WRITE_PROHIBITED"},
		Runbook: "block-public-bucket", Mode: contract.ModeApproval,
		Title: text("Blocks public access to a bucket that the public writes", "공개 쓰기가 가능한 버킷의 퍼블릭 액세스를 차단합니다"),
		Risk:  text("Whoever uploads without credentials is cut off", "자격 증명 없이 업로드하던 쪽의 접근이 끊깁니다"),
	},
	{
		ID: "S3.1", Controls: []string{"S3.1"}, Checks: []string{"S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC"},
		Runbook: "block-public-account", Mode: contract.ModeApproval,
		Title: text("Blocks public access to all buckets of the account", "계정의 모든 버킷에 대한 퍼블릭 액세스를 차단합니다"),
		Risk:  text("Cuts off every bucket that is public on purpose, at once", "의도적으로 공개한 버킷까지 한꺼번에 접근이 끊깁니다"),
	},
	{
		ID: "S3.5", Controls: []string{"S3.5"}, Checks: []string{"S3_BUCKET_SSL_REQUESTS_ONLY"},
		Runbook: "bucket-tls", Mode: contract.ModeApproval,
		Title: text("Refuses requests to the bucket without TLS", "TLS를 쓰지 않는 버킷 요청을 거부합니다"),
		Risk:  text("Cuts off old clients and devices that speak plain HTTP; rewrites the bucket's policy", "평문 HTTP를 쓰는 구형 클라이언트의 접근이 끊기고, 버킷 정책을 고쳐 씁니다"),
	},
	{
		ID: "S3.14", Controls: []string{"S3.14"}, Checks: []string{"S3_BUCKET_VERSIONING_ENABLED"},
		Runbook: "bucket-versioning", Mode: contract.ModeAuto,
		Title: text("Keeps versions of the bucket's objects", "버킷 객체의 버전을 보관합니다"),
		Risk:  text("Cost: overwritten and deleted objects are kept and billed until a lifecycle rule removes them", "비용: 덮어쓰거나 지운 객체가 수명 주기 규칙으로 정리될 때까지 보관되고 과금됩니다"),
	},
	{
		ID: "S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED", Checks: []string{"S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED"},
		Runbook: "bucket-encryption", Mode: contract.ModeAuto,
		Title: text("Encrypts new objects by default", "새 객체를 기본으로 암호화합니다"),
		Risk:  text("None: S3's own key needs no rights of the readers", "없음: S3 관리형 키는 읽는 쪽에 별도 권한이 필요 없습니다"),
	},
	{
		ID: "EC2.2", Controls: []string{"EC2.2"}, Checks: []string{"VPC_DEFAULT_SECURITY_GROUP_CLOSED"},
		Runbook: "close-default-group", Mode: contract.ModeApproval,
		Title: text("Removes all rules of a VPC's default security group", "VPC 기본 보안 그룹의 모든 규칙을 제거합니다"),
		Risk:  text("Cuts off whatever uses the default group", "기본 보안 그룹을 쓰는 자원의 통신이 끊깁니다"),
	},
	{
		ID: "EC2.7", Controls: []string{"EC2.7"}, Checks: []string{"EC2_EBS_ENCRYPTION_BY_DEFAULT"},
		Runbook: "encrypt-new-volumes", Mode: contract.ModeAuto,
		Title: text("Encrypts new EBS volumes of the region", "리전의 새 EBS 볼륨을 암호화합니다"),
		Risk:  text("Existing volumes stay as they are; instance types of before 2015 cannot be launched with encrypted volumes", "기존 볼륨은 그대로입니다. 암호화를 지원하지 않는 아주 오래된 인스턴스 유형은 새로 시작할 수 없습니다"),
	},
	{
		ID: "EC2.8", Controls: []string{"EC2.8"}, Checks: []string{"EC2_IMDSV2_CHECK"},
		Runbook: "require-imdsv2", Mode: contract.ModeApproval,
		Title: text("Requires tokens for the instance's metadata (IMDSv2)", "인스턴스 메타데이터에 토큰(IMDSv2)을 요구합니다"),
		Risk:  text("Old software on the instance that reads metadata without a token loses its credentials", "토큰 없이 메타데이터를 읽는 오래된 소프트웨어가 자격 증명을 잃습니다"),
	},
	{
		ID: "EC2.13", Controls: []string{"EC2.13"}, Checks: []string{"INCOMING_SSH_DISABLED"},
		Runbook: "close-ssh", Mode: contract.ModeApproval,
		Title: text("Removes the rules that open SSH to everybody", "모두에게 열린 SSH 규칙을 제거합니다"),
		Risk:  text("Cuts off administrators, or deployments, that come by SSH from the internet", "인터넷에서 SSH로 접속하던 관리자나 배포 작업의 접근이 끊깁니다"),
	},
	{
		ID: "EC2.18", Controls: []string{"EC2.18", "EC2.19"}, Checks: []string{"VPC_SG_OPEN_ONLY_TO_AUTHORIZED_PORTS", "RESTRICTED_INCOMING_TRAFFIC"},
		Runbook: "close-open-ports", Mode: contract.ModeApproval,
		Title: text("Removes all rules of the security group that let everybody in", "모두에게 열린 보안 그룹 규칙을 모두 제거합니다"),
		Risk:  text("Removes permitted ports such as 443 too, wherever the whole internet may come in", "443처럼 허용된 포트라도 인터넷 전체에 열린 규칙이면 함께 제거됩니다"),
	},
	{
		ID: "EC2.15", Controls: []string{"EC2.15"}, Checks: []string{"SUBNET_AUTO_ASSIGN_PUBLIC_IP_DISABLED"},
		Runbook: "no-public-addresses", Mode: contract.ModeApproval,
		Title: text("Stops giving public addresses to new instances of the subnet", "서브넷의 새 인스턴스에 공인 주소를 자동으로 주지 않습니다"),
		Risk:  text("New instances of a public subnet are not reachable, and reach nothing, without an address of their own", "퍼블릭 서브넷의 새 인스턴스는 별도 주소가 없으면 통신하지 못합니다"),
	},
	{
		ID: "KMS.4", Controls: []string{"KMS.4"}, Checks: []string{"CMK_BACKING_KEY_ROTATION_ENABLED"},
		Runbook: "rotate-key", Mode: contract.ModeAuto,
		Title: text("Rotates the key every year", "키를 해마다 자동 교체합니다"),
		Risk:  text("None: old key material still decrypts; a rotation adds to the key's monthly cost", "없음: 이전 키로도 복호화됩니다. 교체할 때마다 키 월 비용이 조금 늘어납니다"),
	},
	{
		ID: "CloudTrail.4", Controls: []string{"CloudTrail.4"}, Checks: []string{"CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED"},
		Runbook: "validate-trail-logs", Mode: contract.ModeAuto,
		Title: text("Signs the trail's log files", "추적 로그 파일에 무결성 검증을 켭니다"),
		Risk:  text("None: digest files are added to the bucket", "없음: 버킷에 다이제스트 파일이 추가됩니다"),
	},
	{
		ID: "IAM.7", Controls: []string{"IAM.7", "IAM.10", "IAM.15", "IAM.16"}, Checks: []string{"IAM_PASSWORD_POLICY"},
		Runbook: "password-policy", Mode: contract.ModeAuto,
		Title: text("Sets the password policy of the baseline", "기준선의 암호 정책을 설정합니다"),
		Risk:  text("Passwords older than 90 days must be changed at the next sign-in; nobody is locked out", "90일이 지난 암호는 다음 로그인 때 바꿔야 하며, 접속이 막히지는 않습니다"),
	},
	{
		ID: "IAM.8", Controls: []string{"IAM.8"}, Checks: []string{"IAM_USER_UNUSED_CREDENTIALS_CHECK"},
		Runbook: "revoke-unused", Mode: contract.ModeApproval,
		Title: text("Revokes credentials of the user that were not used for 90 days", "90일 동안 쓰지 않은 사용자 자격 증명을 회수합니다"),
		Risk:  text("Jobs that run less often than that lose access; a deleted password cannot be restored", "그보다 드물게 실행되는 작업의 접근이 끊기고, 지운 암호는 되돌릴 수 없습니다"),
	},
	{
		ID: "IAM.22", Controls: []string{"IAM.22"}, Parameters: map[string]string{"MaxCredentialUsageAge": "45"},
		Runbook: "revoke-unused", Mode: contract.ModeApproval,
		Title: text("Revokes credentials of the user that were not used for 45 days", "45일 동안 쓰지 않은 사용자 자격 증명을 회수합니다"),
		Risk:  text("Jobs that run less often than that lose access; a deleted password cannot be restored", "그보다 드물게 실행되는 작업의 접근이 끊기고, 지운 암호는 되돌릴 수 없습니다"),
	},
	{
		ID: "RDS.2", Controls: []string{"RDS.2"}, Checks: []string{"RDS_INSTANCE_PUBLIC_ACCESS_CHECK"},
		Runbook: "database-private", Mode: contract.ModeApproval,
		Title: text("Takes the database's public address away", "데이터베이스의 공인 접근을 끕니다"),
		Risk:  text("Clients outside the VPC are cut off", "VPC 밖 클라이언트의 접근이 끊깁니다"),
	},
	{
		ID: "RDS.7", Controls: []string{"RDS.7"}, Runbook: "protect-cluster", Mode: contract.ModeAuto,
		Title: text("Protects the database cluster from deletion", "데이터베이스 클러스터의 삭제 방지를 켭니다"),
		Risk:  text("Whoever deletes it on purpose must switch the protection off first", "의도적으로 지울 때는 먼저 보호를 꺼야 합니다"),
	},
	{
		ID: "RDS.8", Controls: []string{"RDS.8"}, Checks: []string{"RDS_INSTANCE_DELETION_PROTECTION_ENABLED"},
		Runbook: "protect-database", Mode: contract.ModeAuto,
		Title: text("Protects the database from deletion", "데이터베이스의 삭제 방지를 켭니다"),
		Risk:  text("Whoever deletes it on purpose must switch the protection off first", "의도적으로 지울 때는 먼저 보호를 꺼야 합니다"),
	},
	{
		ID: "RDS.11", Controls: []string{"RDS.11"}, Checks: []string{"DB_INSTANCE_BACKUP_ENABLED"},
		Runbook: "back-up-database", Mode: contract.ModeApproval,
		Title: text("Keeps daily backups of the database for 7 days", "데이터베이스를 매일 백업하고 7일 동안 보관합니다"),
		Risk:  text("Switching backups on interrupts the database for some seconds, and storage is billed", "백업을 켤 때 데이터베이스가 잠시 중단되고 저장 비용이 듭니다"),
	},
	{
		ID: "RDS.13", Controls: []string{"RDS.13"}, Checks: []string{"RDS_AUTOMATIC_MINOR_VERSION_UPGRADE_ENABLED"},
		Runbook: "upgrade-database", Mode: contract.ModeApproval,
		Title: text("Has the database upgraded to new minor versions", "데이터베이스 마이너 버전을 자동으로 올립니다"),
		Risk:  text("Upgrades restart the database in its own maintenance window", "데이터베이스 유지 관리 시간에 재시작이 생깁니다"),
	},
	{
		ID: "RDS.16", Controls: []string{"RDS.16"}, Runbook: "tag-cluster-snapshots", Mode: contract.ModeAuto,
		Title: text("Copies the cluster's tags to its snapshots", "클러스터의 태그를 스냅샷에 복사합니다"),
		Risk:  text("None", "없음"),
	},
	{
		ID: "RDS.17", Controls: []string{"RDS.17"}, Runbook: "tag-snapshots", Mode: contract.ModeAuto,
		Title: text("Copies the database's tags to its snapshots", "데이터베이스의 태그를 스냅샷에 복사합니다"),
		Risk:  text("None", "없음"),
	},
	{
		ID: "ELB.6", Controls: []string{"ELB.6"}, Checks: []string{"ELB_DELETION_PROTECTION_ENABLED"},
		Runbook: "protect-balancer", Mode: contract.ModeAuto,
		Title: text("Protects the load balancer from deletion", "로드 밸런서의 삭제 방지를 켭니다"),
		Risk:  text("Whoever deletes it on purpose must switch the protection off first", "의도적으로 지울 때는 먼저 보호를 꺼야 합니다"),
	},
	{
		ID: "DynamoDB.2", Controls: []string{"DynamoDB.2"}, Runbook: "recover-table", Mode: contract.ModeAuto,
		Title: text("Keeps the table's last 35 days restorable", "최근 35일 중 원하는 시점으로 테이블을 복구할 수 있게 합니다"),
		Risk:  text("Cost: the backup is billed by the size of the table", "비용: 테이블 크기만큼 백업 비용이 듭니다"),
	},
	{
		ID: "GuardDuty.1", Controls: []string{"GuardDuty.1"}, Checks: []string{"GUARDDUTY_ENABLED_CENTRALIZED"},
		Runbook: "detect-threats", Mode: contract.ModeApproval,
		Title: text("Enables GuardDuty in the region", "리전에서 GuardDuty를 켭니다"),
		Risk:  text("Cost, and the detector is not that of the configuration: better set inspection.guardDuty", "비용이 들고 설정으로 만든 탐지기가 아닙니다. 되도록 inspection.guardDuty로 켜십시오"),
	},
	{
		ID: "Redshift.1", Controls: []string{"Redshift.1"}, Checks: []string{"REDSHIFT_CLUSTER_PUBLIC_ACCESS_CHECK"},
		Runbook: "warehouse-private", Mode: contract.ModeApproval,
		Title: text("Takes the cluster's public address away", "클러스터의 공인 접근을 끕니다"),
		Risk:  text("Clients outside the VPC are cut off", "VPC 밖 클라이언트의 접근이 끊깁니다"),
	},
	{
		ID: CVERow, Runbook: "patch-instance", Mode: contract.ModeApproval, OwnAccount: true, InWindow: true,
		Title: text("Installs the approved patches on the instance, in the maintenance window", "유지 관리 시간에 인스턴스에 승인된 패치를 설치합니다"),
		Risk:  text("Updates packages beyond the one named, and reboots the instance when a patch asks for it", "해당 패키지 외의 패치도 설치하며, 필요하면 인스턴스를 재부팅합니다"),
	},
}
