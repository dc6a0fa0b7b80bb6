# What a deployment is when nobody asks for anything: private, encrypted, protected, and large enough.

mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-central-1a", "eu-central-1b", "eu-central-1c"] }
  }
  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:123456789012:log-group:mocked" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::mocked" }
  }
  mock_resource "aws_db_instance" {
    defaults = {
      address            = "db.internal"
      port               = 5432
      master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:mocked", kms_key_id = "", secret_status = "active" }]
    }
  }
  mock_resource "aws_launch_template" {
    defaults = { id = "lt-0123456789abcdef0", latest_version = 1 }
  }
}

variables {
  name             = "acme-prod"
  region           = "eu-central-1"
  admin_principals = ["arn:aws:iam::123456789012:role/platform-admins"]
  dns              = { fqdn = "quality.acme.example" }
}

run "private_by_default" {
  command = apply

  assert {
    condition     = contains(module.identity.backup_actions, "s3:DeleteObject") && !contains(module.identity.backup_actions, "s3:DeleteObjectVersion")
    error_message = "old backups are taken away, and stay as versions that no pod can delete"
  }
  assert {
    condition     = module.cluster.public == false
    error_message = "the Kubernetes API must not be reached from the internet"
  }
  assert {
    condition     = module.pools.one_hop
    error_message = "pods must not reach the identity of their machine"
  }
  assert {
    condition     = module.database.public == false && module.database.protected
    error_message = "the database must be private and protected from deletion"
  }
  assert {
    condition     = length(module.network.private_subnet_ids) == 3
    error_message = "nodes in three zones"
  }
}

run "large_enough" {
  command = apply

  assert {
    condition     = output.capacity.cores >= 16 && output.capacity.memory_gb >= 80
    error_message = "the smallest size must have the 16 cores and 80 GB that the requirements ask for"
  }
}

run "every_size_is_larger_than_the_one_before" {
  command = plan

  variables {
    size = "4x-large"
  }
  assert {
    condition = alltrue([
      for pair in [["small", "medium"], ["medium", "large"], ["large", "x-large"], ["x-large", "2x-large"], ["2x-large", "4x-large"]] :
      local.sizes[pair[0]].work.memory_gb * local.sizes[pair[0]].work.nodes < local.sizes[pair[1]].work.memory_gb * local.sizes[pair[1]].work.nodes
    ])
    error_message = "sizes must grow"
  }
  assert {
    condition     = output.capacity.cores == 560
    error_message = "4x-large: three machines of 16 cores and eight of 64"
  }
}

run "contract_of_outputs" {
  command = apply

  assert {
    condition     = toset(keys(output.database)) == toset(["host", "port", "name", "user", "secret_ref"]) && startswith(output.database.secret_ref, "arn:aws:secretsmanager:")
    error_message = "the database is told by address and by where its password is"
  }
  assert {
    condition     = output.node_labels["app"]["touchstone.dev/pool"] == "app" && output.node_labels["work"]["touchstone.dev/pool"] == "work"
    error_message = "pools are labelled alike on every cloud"
  }
  assert {
    condition     = output.storage_classes == ["touchstone-data", "touchstone-scratch"]
    error_message = "storage classes have one name on every cloud"
  }
}

run "spot_keeps_a_group_on_demand" {
  command = apply

  variables {
    spot = true
  }
  assert {
    condition     = toset(keys(output.node_labels)) == toset(["app", "work", "work-spot"]) && output.node_labels["work-spot"]["touchstone.dev/pool"] == "work"
    error_message = "spot machines come beside the ones on demand, under the same label"
  }
}

run "what_the_autoscaler_has_set_stays" {
  command = apply

  override_data {
    target = module.pools.data.aws_eks_clusters.all
    values = { names = ["acme-prod", "another"] }
  }
  override_data {
    target = module.pools.data.aws_eks_node_groups.now
    values = { names = ["app", "work", "of-somebody"] }
  }
  override_data {
    target = module.pools.data.aws_eks_node_group.now
    values = { scaling_config = [{ desired_size = 2, max_size = 2, min_size = 1 }] }
  }
  assert {
    condition     = module.pools.nodes == { app = 2, work = 2 }
    error_message = "a number between the least and the most is the autoscaler's"
  }
}

run "a_larger_size_takes_the_autoscaler_along" {
  command = apply

  variables {
    size = "large"
  }
  override_data {
    target = module.pools.data.aws_eks_clusters.all
    values = { names = ["acme-prod"] }
  }
  override_data {
    target = module.pools.data.aws_eks_node_groups.now
    values = { names = ["app", "work"] }
  }
  override_data {
    target = module.pools.data.aws_eks_node_group.now
    values = { scaling_config = [{ desired_size = 2, max_size = 2, min_size = 1 }] }
  }
  assert {
    condition     = module.pools.nodes == { app = 3, work = 4 }
    error_message = "the cloud refuses a least number above the one that is wanted"
  }
}

run "subnets_do_not_overlap" {
  command = apply

  assert {
    condition     = length(distinct(module.network.subnet_cidrs)) == 9
    error_message = "nine networks"
  }
  assert {
    condition     = alltrue([for data in slice(module.network.subnet_cidrs, 3, 9) : cidrhost("${cidrhost(data, 0)}/18", 0) == "10.40.192.0"])
    error_message = "small networks are in the last quarter, nodes in the first three"
  }
}
