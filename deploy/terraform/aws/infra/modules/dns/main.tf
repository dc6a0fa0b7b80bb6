# The name people type: a certificate proved by DNS, and the record once the ingress has a load balancer. Nothing where the zone is kept elsewhere.

variable "dns" {
  type = object({
    fqdn                   = string
    zone_id                = optional(string)
    load_balancer_hostname = optional(string)
  })
}

resource "aws_acm_certificate" "this" {
  count             = var.dns.zone_id == null ? 0 : 1
  domain_name       = var.dns.fqdn
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

locals {
  proof = var.dns.zone_id == null ? null : one(aws_acm_certificate.this[0].domain_validation_options)
}

resource "aws_route53_record" "proof" {
  count   = var.dns.zone_id == null ? 0 : 1
  zone_id = var.dns.zone_id
  name    = local.proof.resource_record_name
  type    = local.proof.resource_record_type
  records = [local.proof.resource_record_value]
  ttl     = 300
}

resource "aws_acm_certificate_validation" "this" {
  count                   = var.dns.zone_id == null ? 0 : 1
  certificate_arn         = aws_acm_certificate.this[0].arn
  validation_record_fqdns = [aws_route53_record.proof[0].fqdn]
}

resource "aws_route53_record" "fqdn" {
  count   = var.dns.zone_id == null || var.dns.load_balancer_hostname == null ? 0 : 1
  zone_id = var.dns.zone_id
  name    = var.dns.fqdn
  type    = "CNAME"
  records = [var.dns.load_balancer_hostname]
  ttl     = 300
}

output "certificate_ref" {
  value = one(aws_acm_certificate_validation.this[*].certificate_arn)
}
