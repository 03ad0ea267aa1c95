using Sanctum.Client;
using Sanctum.Sample.Sdks;

// Reads lines with the name of a package and the address of a service, such as "Stripe.net http://127.0.0.1:8080", and calls the service with the package.
// SANCTUM_AGENT, SANCTUM_SOCKET and SANCTUM_KEY say where the vault is, and who this is.
await using var vault = SanctumClient.FromEnvironment();
while (Console.ReadLine()?.Split(' ') is [var package, var service])
{
    await foreach (var text in Call(package, new Uri(service)))
    {
        Console.WriteLine(text);
    }

    Console.WriteLine("done");
}

IAsyncEnumerable<string> Call(string package, Uri service) => package switch
{
    "OpenAI" => Models.OpenAIAsync(vault, service),
    "Anthropic" => Models.AnthropicAsync(vault, service),
    "Azure.AI.OpenAI" => Models.AzureOpenAIAsync(vault, service),
    "Microsoft.Extensions.AI.OpenAI" => Models.ExtensionsAsync(vault, service),
    "Microsoft.SemanticKernel.Connectors.OpenAI" => Models.SemanticKernelAsync(vault, service),
    "Microsoft.Agents.AI" => Models.AgentAsync(vault, service),
    "Azure.Messaging.EventGrid" => Services.EventGridAsync(vault, service),
    "AWSSDK.S3" => Services.S3Async(vault, service),
    "AWSSDK.SQS" => Services.SqsAsync(vault, service),
    "Octokit" => Services.OctokitAsync(vault, service),
    "Stripe.net" => Services.StripeAsync(vault, service),
    "Grpc.Net.Client" => Services.GrpcAsync(vault, service),
    _ => throw new ArgumentException($"no sample for '{package}': the packages are in docs/sdks.md"),
};
