# What pods may do in the cloud, by the identity of their service account: no key is ever stored.

variable "name" {
  type = string
}

variable "cluster_name" {
  type = string
}

variable "backup_bucket_arn" {
  type = string
}

variable "database_secret_arn" {
  type = string
}

variable "kms_key_arn" {
  type = string
}

locals {
  namespace = "touchstone"
  accounts = {
    backup  = { namespace = local.namespace, account = "touchstone-backup" }
    secrets = { namespace = "external-secrets", account = "external-secrets" }
    volumes = { namespace = "kube-system", account = "ebs-csi-controller-sa" }
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "Service"
      identifiers = ["pods.eks.amazonaws.com"]
    }
  }
}

# What it deletes stays a version of the bucket for its 35 days: no version may be deleted by it.
data "aws_iam_policy_document" "backup" {
  statement {
    actions   = ["s3:ListBucket"]
    resources = [var.backup_bucket_arn]
  }

  statement {
    actions   = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:DeleteObject"]
    resources = ["${var.backup_bucket_arn}/*"]
  }

  statement {
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]
  }
}

data "aws_iam_policy_document" "secrets" {
  statement {
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
    resources = [var.database_secret_arn]
  }

  statement {
    actions   = ["kms:Decrypt"]
    resources = [var.kms_key_arn]
  }
}

data "aws_iam_policy_document" "volumes" {
  statement {
    actions   = ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
    resources = [var.kms_key_arn]
  }
}

resource "aws_iam_role" "account" {
  for_each           = local.accounts
  name               = "${var.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "account" {
  for_each = {
    backup  = data.aws_iam_policy_document.backup.json
    secrets = data.aws_iam_policy_document.secrets.json
    volumes = data.aws_iam_policy_document.volumes.json
  }
  name   = each.key
  role   = aws_iam_role.account[each.key].id
  policy = each.value
}

resource "aws_iam_role_policy_attachment" "volumes" {
  role       = aws_iam_role.account["volumes"].name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"
}

resource "aws_eks_pod_identity_association" "account" {
  for_each        = local.accounts
  cluster_name    = var.cluster_name
  namespace       = each.value.namespace
  service_account = each.value.account
  role_arn        = aws_iam_role.account[each.key].arn
}

output "backup_actions" {
  value = sort(flatten([for statement in data.aws_iam_policy_document.backup.statement : statement.actions]))
}

output "roles" {
  value = { for name, role in aws_iam_role.account : name => role.arn }
}
