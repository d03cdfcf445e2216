/// Service integrations that AWS offers.
///
/// Source: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
extension TaskResource.Integration {
  /// True when AWS offers the call with this pattern. Calls of the SDK are known by their form alone.
  public var isKnown: Bool {
    if isSDK { return pattern == .requestResponse || pattern == .waitForTaskToken }
    guard let patterns = Self.optimized[service]?[api] else { return false }
    return pattern == .requestResponse || patterns.contains(pattern)
  }

  private static let job: Set<TaskResource.Pattern> = [.sync]
  private static let callback: Set<TaskResource.Pattern> = [.waitForTaskToken]
  private static let plain: Set<TaskResource.Pattern> = []

  private static let optimized: [String: [String: Set<TaskResource.Pattern>]] = [
    "apigateway": ["invoke": callback],
    "athena": ["startQueryExecution": job, "stopQueryExecution": plain, "getQueryExecution": plain, "getQueryResults": plain],
    "batch": ["submitJob": job],
    "bedrock": ["invokeModel": plain, "createModelCustomizationJob": job],
    "codebuild": [
      "startBuild": job, "stopBuild": plain, "batchDeleteBuilds": plain, "batchGetReports": plain, "startBuildBatch": job,
      "stopBuildBatch": plain, "retryBuildBatch": job, "deleteBuildBatch": plain,
    ],
    "databrew": ["startJobRun": job],
    "dynamodb": ["getItem": plain, "putItem": plain, "updateItem": plain, "deleteItem": plain],
    "ecs": ["runTask": [.sync, .waitForTaskToken]],
    "eks": [
      "call": plain, "runJob": job, "createCluster": job, "deleteCluster": job, "createFargateProfile": job, "deleteFargateProfile": job,
      "createNodegroup": job, "deleteNodegroup": job,
    ],
    "elasticmapreduce": [
      "createCluster": job, "terminateCluster": job, "setClusterTerminationProtection": plain, "addStep": job, "cancelStep": plain,
      "modifyInstanceFleetByName": plain, "modifyInstanceGroupByName": plain,
    ],
    "emr-containers": ["createVirtualCluster": plain, "deleteVirtualCluster": job, "startJobRun": job],
    "emr-serverless": [
      "createApplication": job, "startApplication": job, "stopApplication": job, "deleteApplication": job, "startJobRun": job,
      "cancelJobRun": job,
    ],
    "events": ["putEvents": callback],
    "glue": ["startJobRun": job],
    "http": ["invoke": plain],
    "lambda": ["invoke": callback],
    "mediaconvert": ["createJob": job],
    "sagemaker": [
      "createTrainingJob": job, "createTransformJob": job, "createProcessingJob": job, "createHyperParameterTuningJob": job,
      "createLabelingJob": job, "createModel": plain, "createEndpointConfig": plain, "createEndpoint": plain, "updateEndpoint": plain,
    ],
    "sns": ["publish": callback],
    "sqs": ["sendMessage": callback],
    "states": ["startExecution": [.sync, .sync2, .waitForTaskToken]],
  ]
}
