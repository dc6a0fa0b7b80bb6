/**
 * What moto 5.2.2 keeps for itself of what it was told, put into its answers: without it the true provider would find another cloud than
 * the one it has made, and each plan would have something to do.
 */
const SOURCE = "<Source>user</Source>";

/** Answers to what is asked of a service are changed by what it was told before. */
export type Corrections = {
  hear: (action: string, form: string) => void;
  correct: (action: string, xml: string) => string;
};

export const openCorrections = (): Corrections => {
  let description = "";
  let insights = "";
  return {
    hear: (action, form) => {
      const said = new URLSearchParams(form);
      if (action === "ec2:AuthorizeSecurityGroupIngress") description = said.get("IpPermissions.1.Groups.1.Description") ?? description;
      if (!/^rds:(Create|Modify)DBInstance$/.test(action) || said.get("EnablePerformanceInsights") !== "true") return;
      insights = `<PerformanceInsightsEnabled>true</PerformanceInsightsEnabled><PerformanceInsightsKMSKeyId>${said.get("PerformanceInsightsKMSKeyId") ?? ""}</PerformanceInsightsKMSKeyId>`;
    },
    correct: (action, xml) => {
      switch (action) {
        // Of a rule that names another group.
        case "ec2:DescribeSecurityGroupRules":
          return xml.replaceAll("<referencedGroupInfo>", `<description>${description}</description><referencedGroupInfo>`);
        // The template's own tags are not a part of what it says of machines.
        case "ec2:DescribeLaunchTemplateVersions":
          return xml.replaceAll(/<item><resourceType>launch-template<\/resourceType><tagSet>.*?<\/tagSet><\/item>/g, "");
        case "rds:DescribeDBParameters":
          return xml.replaceAll("<Parameter>", `<Parameter>${SOURCE}`);
        case "rds:DescribeDBInstances":
          return xml.replaceAll("<DBInstance>", `<DBInstance>${insights}`);
        default:
          return xml;
      }
    },
  };
};
