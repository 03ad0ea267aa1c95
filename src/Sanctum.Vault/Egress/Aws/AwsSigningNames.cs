using System.Collections.Frozen;

namespace Sanctum.Egress.Aws;

/// <summary>
/// What AWS's services are signed for, by the first words of their hosts. From AWS's own descriptions of its services, which its SDKs are made of
/// (botocore 1.43.11: endpoint prefixes, endpoint rule sets, host prefixes of operations).
/// </summary>
internal static class AwsSigningNames
{
    // Signed for the name that their hosts begin with.
    private const string Same = """
        access-analyzer account acm acm-pca aco-automation agent-registry aidevops aiops airflow airflow-serverless amplify amplifybackend amplifyuibuilder aoss apigateway app-integrations
        appconfig appfabric appflow application-autoscaling application-cost-profiler application-signals applicationinsights appmesh apprunner appsync aps arc-region-switch
        arc-zonal-shift artifact athena auditmanager autoscaling autoscaling-plans b2bi backup backup-gateway backup-search batch bcm-dashboards bcm-data-exports bcm-pricing-calculator
        bcm-recommended-actions bedrock bedrock-agentcore billing billingconductor braket budgets cases cassandra ce chatbot chime cleanrooms cleanrooms-ml cloud9 cloudcontrolapi
        clouddirectory cloudformation cloudfront cloudfront-keyvaluestore cloudhsm cloudsearch cloudtrail cloudtrail-data codeartifact codebuild codecatalyst codecommit codeconnections
        codedeploy codeguru-profiler codeguru-reviewer codeguru-security codepipeline codestar-connections codestar-notifications cognito-identity cognito-idp cognito-sync comprehend
        comprehendmedical compute-optimizer config connect connect-campaigns controlcatalog controltower cost-optimization-hub cur databrew dataexchange datapipeline datasync datazone dax
        deadline detective devicefarm devops-guru directconnect discovery dlm dms docdb-elastic drs ds ds-data dsql dynamodb ebs ec2 ec2-instance-connect ecr ecr-public ecs eks eks-auth
        elasticache elasticbeanstalk elasticfilesystem elasticloadbalancing elasticmapreduce elemental-inference emr-containers emr-serverless entityresolution es events evs execute-api
        finspace finspace-api firehose fis fms forecast frauddetector freetier fsx gamelift gameliftstreams geo geo-maps geo-places geo-routes glacier globalaccelerator glue grafana
        greengrass groundstation guardduty health health-agent healthlake iam identitystore imagebuilder importexport inspector inspector-scan inspector2 interconnect internetmonitor
        invoicing iot iotevents iotfleetwise iotsitewise iotthingsgraph iottwinmaker ivs ivschat kafka kafkaconnect kendra kendra-ranking kinesis kinesisanalytics kinesisvideo kms
        lakeformation lambda launchwizard license-manager license-manager-linux-subscriptions license-manager-user-subscriptions lightsail logs lookoutequipment m2 machinelearning macie2
        managedblockchain managedblockchain-query marketplacecommerceanalytics mediaconnect mediaconvert medialive mediapackage mediapackage-vod mediapackagev2 mediastore mediatailor
        medical-imaging mgh mgn migrationhub-orchestrator migrationhub-strategy monitoring mpa mq mturk-requester neptune-db neptune-graph network-firewall networkflowmonitor
        networkmanager networkmonitor notifications notifications-contacts nova-act oam observabilityadmin odb omics organizations osis outposts panorama partnercentral-account
        partnercentral-benefits partnercentral-channel partnercentral-selling pca-connector-ad pca-connector-scep pcs personalize pi pipes polly pricingplanmanager profile proton qbusiness
        quicksight ram rbin rds rds-data redshift redshift-data redshift-serverless refactor-spaces rekognition repostspace resiliencehub resource-explorer-2 resource-groups rolesanywhere
        route53 route53-recovery-cluster route53-recovery-control-config route53-recovery-readiness route53domains route53globalresolver route53profiles route53resolver rtbfabric rum s3
        s3-object-lambda s3-outposts s3files s3tables s3vectors sagemaker-geospatial savingsplans scheduler schemas scn sdb secretsmanager security-ir securityagent securityhub
        securitylake serverlessrepo servicecatalog servicediscovery servicequotas shield signer signin simspaceweaver sms-voice snow-device-management snowball sns social-messaging sqs ssm
        ssm-contacts ssm-guiconnect ssm-incidents ssm-quicksetup ssm-sap sso states storagegateway sts support supportapp supportauthz sustainability swf synthetics tagging tax textract
        thinclient timestream-influxdb tnb transcribe transfer translate trustedadvisor uxc verifiedpermissions voiceid vpc-lattice vpc-lattice-svcs waf waf-regional wafv2 wellarchitected
        wisdom workdocs workmail workmailmessageflow workspaces workspaces-instances workspaces-web xray
        """;

    // Signed for another: host=name.
    private const string Other = """
        a2i-runtime.sagemaker=sagemaker admin.wickr=wickr agent-registry-control=agent-registry agreement-marketplace=aws-marketplace analytics-omics=omics aos=es api.detective=detective
        api.ecr=ecr api.ecr-public=ecr-public api.iot-tunneling=IoTSecuredTunneling api.iotdeviceadvisor=iotdeviceadvisor api.iotmanagedintegrations=iotmanagedintegrations
        api.iotwireless=iotwireless api.mediatailor=mediatailor api.pricing=pricing api.sagemaker=sagemaker api.tunneling.iot=IoTSecuredTunneling appconfigdata=appconfig
        appstream2=appstream appsync-api=appsync appsync-realtime-api=appsync arc-recovery-control-config=route53-recovery-control-config bedrock-agent=bedrock
        bedrock-agent-runtime=bedrock bedrock-agentcore-control=bedrock-agentcore bedrock-data-automation=bedrock bedrock-data-automation-runtime=bedrock bedrock-runtime=bedrock
        cassandra-streams=cassandra catalog-marketplace=aws-marketplace catalog.marketplace=aws-marketplace cloudhsmv2=cloudhsm cloudsearchdomain=cloudsearch contact-lens=connect
        control-kinesis=kinesis control-storage-omics=omics controlplane.payment-cryptography=payment-cryptography data-ats.iot=iotdata data-kinesis=kinesis
        data-lakeformation=lakeformation data-servicediscovery=servicediscovery data-signer=signer data.ats.iot=iotdata data.iotevents=ioteventsdata data.jobs.iot=iot-jobs-data
        data.mediastore=mediastore data.qapps=qapps dataplane.payment-cryptography=payment-cryptography ddb=dynamodb deployment-marketplace=aws-marketplace
        discovery-marketplace=aws-marketplace edge.sagemaker=sagemaker efs=elasticfilesystem email=ses entitlement-marketplace=aws-marketplace entitlement.marketplace=aws-marketplace
        featurestore-runtime.sagemaker=sagemaker forecastquery=forecast identity-chime=chime ingest.timestream=timestream ivsrealtime=ivs job-runtime.sagemaker=sagemaker
        jobs.iot=iot-jobs-data kafka-api=kafka lambda-url=lambda mail-manager=ses media-pipelines-chime=chime meetings-chime=chime memory-db=memorydb messaging-chime=chime
        metering-marketplace=aws-marketplace metering.marketplace=aws-marketplace metrics.sagemaker=sagemaker migrationhub-config=mgh models-v2-lex=lex models.lex=lex oidc=sso-oauth
        participant.connect=execute-api partnercentral-prm=partnercentral personalize-events=personalize personalize-runtime=personalize pinpoint=mobiletargeting
        portal.sso=awsssoportal query-lakeformation=lakeformation query.timestream=timestream queue=sqs reporting-marketplace=aws-marketplace
        runtime-medical-imaging=medical-imaging runtime-v2-lex=lex runtime.lex=lex runtime.sagemaker=sagemaker s3-accesspoint=s3 s3-control=s3 servicecatalog-appregistry=servicecatalog
        sms-voice.pinpoint=sms-voice storage-omics=omics stream-logs=logs streaming-logs=logs streams-dynamodb=dynamodb streams.dynamodb=dynamodb sync-states=states tags-omics=omics
        timestream-ingest=timestream timestream-query=timestream voice-chime=chime workflows-omics=omics
        """;

    // Two services share each of these: one is signed for geo, and the later one for geo-maps and so on. The path decides, so the operator has to say.
    private static readonly FrozenSet<string> Shared = FrozenSet.Create(StringComparer.Ordinal, "maps.geo", "places.geo", "routes.geo");

    private static readonly FrozenDictionary<string, string> Names = Words(Same).Select(word => KeyValuePair.Create(word, word))
        .Concat(Words(Other).Select(pair => pair.Split('=')).Select(pair => KeyValuePair.Create(pair[0], pair[1])))
        .ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The name for a host's words before its region, such as <c>api.sagemaker</c>; the longest ending that is known counts, since a bucket's, an
    /// account's or another name can stand before it. Null when none is known, or two are.</summary>
    public static string? Find(ReadOnlySpan<string> words)
    {
        for (var start = 0; start < words.Length; start++)
        {
            var ending = string.Join('.', words[start..]);
            if (Shared.Contains(ending))
            {
                return null;
            }

            if (Names.TryGetValue(ending, out var name))
            {
                // Each account has hosts of its own for its devices' data: ID-ats.iot.REGION.amazonaws.com.
                return name == "iot" && start > 0 && !words[start - 1].StartsWith("vpce-", StringComparison.Ordinal) ? "iotdata" : name;
            }
        }

        return null;
    }

    private static string[] Words(string text) => text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
}
