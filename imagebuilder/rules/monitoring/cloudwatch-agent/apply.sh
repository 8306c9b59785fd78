#!/usr/bin/env bash
# rule: cloudwatch-agent
# title: Metrics and logs go to CloudWatch
# title-ko: 지표와 로그를 CloudWatch로 보낸다
# severity: medium
# mandatory: yes
# switch: cloudwatch-agent
# kisa-2026: U-66
# isms-p: 2.9.4 2.9.5 2.11.3
# os: amazon-linux-2023 amazon-linux-2
# proof: instance
# packages: amazon-cloudwatch-agent
# files: /opt/aws/amazon-cloudwatch-agent/**
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

install_package amazon-cloudwatch-agent
write_file /opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.json 644 <<-'END'
	{
	  "agent": {
	    "metrics_collection_interval": 60,
	    "run_as_user": "root"
	  },
	  "metrics": {
	    "namespace": "ISMS-GoldenAMI",
	    "append_dimensions": {"ImageId": "${aws:ImageId}", "InstanceId": "${aws:InstanceId}"},
	    "aggregation_dimensions": [["ImageId"], ["ImageId", "InstanceId"]],
	    "metrics_collected": {
	      "cpu": {"measurement": ["usage_active", "usage_iowait"], "totalcpu": true},
	      "mem": {"measurement": ["used_percent"]},
	      "swap": {"measurement": ["used_percent"]},
	      "disk": {"measurement": ["used_percent", "inodes_free"], "resources": ["/"], "drop_device": true},
	      "diskio": {"measurement": ["io_time"], "resources": ["*"]},
	      "net": {"measurement": ["bytes_sent", "bytes_recv", "drop_in", "err_in"], "resources": ["*"]}
	    }
	  },
	  "logs": {
	    "logs_collected": {
	      "files": {
	        "collect_list": [
	          {
	            "file_path": "/var/log/messages",
	            "log_group_name": "ISMS-GoldenAMI-SystemLogs",
	            "log_stream_name": "{instance_id}/messages",
	            "timezone": "UTC"
	          },
	          {
	            "file_path": "/var/log/audit/audit.log",
	            "log_group_name": "ISMS-GoldenAMI-SecurityLogs",
	            "log_stream_name": "{instance_id}/audit",
	            "timezone": "UTC"
	          },
	          {
	            "file_path": "/var/log/sudo.log",
	            "log_group_name": "ISMS-GoldenAMI-SecurityLogs",
	            "log_stream_name": "{instance_id}/sudo",
	            "timezone": "UTC"
	          },
	          {
	            "file_path": "/var/log/aide/aide.log",
	            "log_group_name": "ISMS-GoldenAMI-SecurityLogs",
	            "log_stream_name": "{instance_id}/aide",
	            "timezone": "UTC"
	          },
	          {
	            "file_path": "/var/log/secure",
	            "log_group_name": "ISMS-GoldenAMI-AuthLogs",
	            "log_stream_name": "{instance_id}/secure",
	            "timezone": "UTC"
	          }
	        ]
	      }
	    }
	  }
	}
END
# It starts with the instances that are born from the image, not while that is built.
systemctl is-enabled --quiet amazon-cloudwatch-agent || systemctl enable amazon-cloudwatch-agent
