/**
 * By what name a provider takes a resource of our templates into another state. Most take what they call `id` themselves; the others are
 * here, each as the "Import" section of its page in the provider's documentation says (registry.terraform.io/providers).
 */
type Attributes = Readonly<Record<string, unknown>>;

/** Attributes joined by what stands between them: `{subnet_id}/{route_table_id}`. */
const TEMPLATES: Readonly<Record<string, string>> = {
  aws_iam_role_policy_attachment: "{role}/{policy_arn}",
  aws_route: "{route_table_id}_{destination_cidr_block}",
  aws_route_table_association: "{subnet_id}/{route_table_id}",
  aws_eks_pod_identity_association: "{cluster_name},{association_id}",
  aws_acm_certificate_validation: "",
  aws_vpn_gateway_route_propagation: "",
  google_project_iam_member: "{project} {role} {member}",
  google_storage_bucket_iam_member: "{bucket} {role} {member}",
  google_service_account_iam_member: "{service_account_id} {role} {member}",
  google_kms_crypto_key_iam_member: "{crypto_key_id} {role} {member}",
  google_secret_manager_secret_iam_member: "{secret_id} {role} {member}",
  google_secret_manager_secret_version: "{name}",
  google_sql_user: "{project}/{instance}/{host}/{name}",
  google_dns_record_set: "{project}/{managed_zone}/{name}/{type}",
  google_compute_router_nat: "{project}/{region}/{router}/{name}",
  google_compute_router_interface: "{project}/{region}/{router}/{name}",
  google_compute_router_peer: "{project}/{region}/{router}/{name}",
  google_project_service: "{project}/{service}",
  oci_dns_rrset: "zoneNameOrId/{zone_name_or_id}/domain/{domain}/rtype/{rtype}",
  oci_objectstorage_bucket: "n/{namespace}/b/{name}",
  oci_containerengine_addon: "clusters/{cluster_id}/addons/{addon_name}",
  oci_core_network_security_group_security_rule: "",
  random_password: "",
};

/** What stands only in a state, and is made anew in another without a change in the cloud; or cannot be taken over by its provider. */
export const isRemade = (type: string): boolean => TEMPLATES[type] === "";

/** The name; null when the state does not hold what it is made of. */
export const importIdOf = (type: string, attributes: Attributes): string | null => {
  const template = TEMPLATES[type] ?? "{id}";
  let isWhole = template !== "";
  const id = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = attributes[name];
    if (typeof value !== "string" || value === "") isWhole = false;
    return String(value);
  });
  return isWhole ? id : null;
};
