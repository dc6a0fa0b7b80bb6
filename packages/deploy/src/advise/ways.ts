/** Ways to private datastores: what the templates make on each cloud, by the kind of resource, which a test finds in them. */
import type { Provider } from "../deployment/deployment.ts";

export type Way = {
  title: string;
  /** Its key below `cloud.connectivity`. */
  key: "private_endpoints" | "transit" | "vpn";
  fits: string;
  yours: string;
  clouds: Readonly<Record<Provider, { called: string; resource: string }>>;
};

export const WAYS: readonly Way[] = [
  {
    title: "Private endpoint",
    key: "private_endpoints",
    fits: "one datastore in the same cloud; only this datastore becomes reachable, and addresses may overlap",
    yours: "offer the endpoint service, and accept the connection",
    clouds: {
      aws: { called: "PrivateLink", resource: "aws_vpc_endpoint" },
      azure: { called: "Private Link", resource: "azurerm_private_endpoint" },
      gcp: { called: "Private Service Connect", resource: "google_compute_forwarding_rule" },
      oci: { called: "local peering gateway (addresses must not overlap)", resource: "oci_core_local_peering_gateway" },
    },
  },
  {
    title: "Transit",
    key: "transit",
    fits: "many datastores in several networks of the same cloud; addresses must not overlap",
    yours: "share the hub, and route back",
    clouds: {
      aws: { called: "Transit Gateway", resource: "aws_ec2_transit_gateway_vpc_attachment" },
      azure: { called: "Virtual WAN hub", resource: "azurerm_virtual_hub_connection" },
      gcp: { called: "Network Connectivity Center", resource: "google_network_connectivity_spoke" },
      oci: { called: "remote peering of a DRG", resource: "oci_core_remote_peering_connection" },
    },
  },
  {
    title: "Site-to-site VPN",
    key: "vpn",
    fits: "datastores in a building or in another cloud; what a scan reads passes the tunnel",
    yours: "a gateway that speaks IPsec and BGP, and the key where the cloud does not make it",
    clouds: {
      aws: { called: "VPN connection", resource: "aws_vpn_connection" },
      azure: { called: "VPN gateway", resource: "azurerm_virtual_network_gateway_connection" },
      gcp: { called: "HA VPN", resource: "google_compute_vpn_tunnel" },
      oci: { called: "Site-to-Site VPN", resource: "oci_core_ipsec" },
    },
  },
];
