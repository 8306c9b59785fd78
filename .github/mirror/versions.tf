# The provider that the tests of the sandbox's offline bridge run against; `terraform providers mirror` fetches it.
# The version is that of sandbox/provider/terraform.
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}
