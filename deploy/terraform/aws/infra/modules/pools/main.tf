# Groups of nodes: `app` for the control plane in every zone, `work` for dataplanes, which scales and may use machines that can be taken back.

variable "name" {
  type = string
}

variable "cluster_name" {
  type = string
}

variable "subnet_ids" {
  type = map(string)
}

variable "kms_key_arn" {
  type = string
}

variable "pools" {
  type = map(object({
    machine   = string
    nodes     = number
    nodes_max = number
    spot      = bool
    disk_gb   = number
    tainted   = bool
  }))
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "node" {
  name               = "${var.name}-node"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy_attachment" "node" {
  for_each   = toset(["AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy"])
  role       = aws_iam_role.node.name
  policy_arn = "arn:aws:iam::aws:policy/${each.value}"
}

# What the groups have now, by names that are known beforehand, for there may be no cluster yet.
data "aws_eks_clusters" "all" {}

data "aws_eks_node_groups" "now" {
  for_each     = toset([for name in data.aws_eks_clusters.all.names : name if name == var.name])
  cluster_name = each.value
}

data "aws_eks_node_group" "now" {
  for_each        = toset([for name in flatten([for groups in data.aws_eks_node_groups.now : tolist(groups.names)]) : name if contains(keys(var.pools), name)])
  cluster_name    = var.name
  node_group_name = each.value
}

locals {
  # The autoscaler moves it between the two; a size that leaves no room for where it is takes it along, for the cloud refuses less than the least.
  # Of the time of the plan: what the autoscaler does between plan and apply is undone where the plan changes a group's numbers.
  nodes_now = { for name, group in data.aws_eks_node_group.now : name => group.scaling_config[0].desired_size }
  nodes     = { for name, pool in var.pools : name => min(max(lookup(local.nodes_now, name, pool.nodes), pool.nodes), pool.nodes_max) }
}

resource "aws_launch_template" "pool" {
  for_each    = var.pools
  name_prefix = "${var.name}-${each.key}-"
  # Here, and not in the group: another machine is a new version, to which nodes go over one by one, and not another group.
  instance_type = each.value.machine

  # One hop: a pod cannot ask the machine's metadata for the machine's identity.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size           = each.value.disk_gb
      volume_type           = "gp3"
      encrypted             = true
      kms_key_id            = var.kms_key_arn
      delete_on_termination = true
    }
  }

  tag_specifications {
    resource_type = "instance"
    tags          = { Name = "${var.name}-${each.key}" }
  }
}

resource "aws_eks_node_group" "pool" {
  for_each        = var.pools
  cluster_name    = var.cluster_name
  node_group_name = each.key
  node_role_arn   = aws_iam_role.node.arn
  subnet_ids      = values(var.subnet_ids)
  ami_type        = "BOTTLEROCKET_x86_64"
  capacity_type   = each.value.spot ? "SPOT" : "ON_DEMAND"
  labels          = { "touchstone.dev/pool" = split("-", each.key)[0] }

  scaling_config {
    min_size     = each.value.nodes
    desired_size = local.nodes[each.key]
    max_size     = each.value.nodes_max
  }

  launch_template {
    id      = aws_launch_template.pool[each.key].id
    version = aws_launch_template.pool[each.key].latest_version
  }

  dynamic "taint" {
    for_each = each.value.tainted ? [split("-", each.key)[0]] : []
    content {
      key    = "touchstone.dev/pool"
      value  = taint.value
      effect = "NO_SCHEDULE"
    }
  }

  update_config {
    max_unavailable = 1
  }

  depends_on = [aws_iam_role_policy_attachment.node]
}

# What runs on nodes.
resource "aws_eks_addon" "after_nodes" {
  for_each                    = toset(["coredns", "aws-ebs-csi-driver"])
  cluster_name                = var.cluster_name
  addon_name                  = each.value
  resolve_conflicts_on_update = "OVERWRITE"

  depends_on = [aws_eks_node_group.pool]
}

output "labels" {
  value = { for name, pool in aws_eks_node_group.pool : name => pool.labels }
}

output "nodes" {
  value = local.nodes
}

output "one_hop" {
  value = alltrue([for template in aws_launch_template.pool : template.metadata_options[0].http_put_response_hop_limit == 1 && template.metadata_options[0].http_tokens == "required"])
}
