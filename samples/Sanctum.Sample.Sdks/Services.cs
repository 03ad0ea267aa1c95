using System.Text;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.SQS;
using Azure;
using Azure.Core.Pipeline;
using Azure.Messaging.EventGrid;
using Grpc.Core;
using Grpc.Net.Client;
using Octokit;
using Octokit.Internal;
using Sanctum.Client;
using Stripe;

namespace Sanctum.Sample.Sdks;

/// <summary>Packages that call other services.</summary>
internal static class Services
{
    public static async IAsyncEnumerable<string> EventGridAsync(SanctumClient vault, Uri service)
    {
        var http = new HttpClient(new SanctumHttpHandler(vault, "azure/events", new() { Placeholder = "unused-key" }));
        var options = new EventGridPublisherClientOptions { Transport = new HttpClientTransport(http) };
        var client = new EventGridPublisherClient(new(service, "eventgrid"), new AzureKeyCredential("unused-key"), options);

        var response = await client.SendEventAsync(new EventGridEvent("order", "created", "1.0", new BinaryData("42")));
        yield return $"{response.Status}";
    }

    public static async IAsyncEnumerable<string> S3Async(SanctumClient vault, Uri service)
    {
        var credentials = new BasicAWSCredentials("AKIAUNUSED", "unused");
        var config = new AmazonS3Config { ServiceURL = $"{service}", ForcePathStyle = true, HttpClientFactory = new VaultHttpClients(vault, "aws/s3") };
        var client = new AmazonS3Client(credentials, config);

        await client.PutObjectAsync(new() { BucketName = "objects", Key = "greeting", ContentBody = "hello" });
        using var response = await client.GetObjectAsync("objects", "greeting");
        using var reader = new StreamReader(response.ResponseStream);
        yield return await reader.ReadToEndAsync();
    }

    public static async IAsyncEnumerable<string> SqsAsync(SanctumClient vault, Uri service)
    {
        var credentials = new BasicAWSCredentials("AKIAUNUSED", "unused");
        var config = new AmazonSQSConfig { ServiceURL = $"{service}", HttpClientFactory = new VaultHttpClients(vault, "aws/sqs") };
        var client = new AmazonSQSClient(credentials, config);

        var queue = await client.GetQueueUrlAsync("orders");
        yield return queue.QueueUrl;
    }

    public static async IAsyncEnumerable<string> OctokitAsync(SanctumClient vault, Uri service)
    {
        var http = new HttpClientAdapter(() => new SanctumHttpHandler(vault, "github/token"));
        var credentials = new InMemoryCredentialStore(new Octokit.Credentials("unused"));
        var client = new GitHubClient(new Connection(new("my-program"), new(service, "api/v3/"), credentials, http, new SimpleJsonSerializer()));

        var user = await client.User.Get("octocat");
        yield return user.Bio;
    }

    public static async IAsyncEnumerable<string> StripeAsync(SanctumClient vault, Uri service)
    {
        var http = new HttpClient(new SanctumHttpHandler(vault, "stripe/api_key"));
        var sender = new SystemNetHttpClient(http, enableTelemetry: false);
        var client = new StripeClient("sk_test_unused", httpClient: sender, apiBase: service.GetLeftPart(UriPartial.Authority));

        var customer = await client.V1.Customers.GetAsync("cus_1");
        yield return customer.Description;
    }

    public static async IAsyncEnumerable<string> GrpcAsync(SanctumClient vault, Uri service)
    {
        var handler = new SanctumHttpHandler(vault, "example/token");
        using var channel = GrpcChannel.ForAddress(service, new GrpcChannelOptions { HttpHandler = handler });
        var client = channel.CreateCallInvoker();

        // A program gives the channel to what is generated from its .proto file: new Greeter.GreeterClient(channel).
        using var call = client.AsyncDuplexStreamingCall(Talk, null, default);
        foreach (var word in (string[])["one.", "two."])
        {
            await call.RequestStream.WriteAsync(Encoding.UTF8.GetBytes($"\n{(char)word.Length}{word}"));
            yield return await call.ResponseStream.MoveNext(default) ? $"{call.ResponseStream.Current.Length}" : "ended";
        }

        await call.RequestStream.CompleteAsync();
    }

    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(bytes => bytes, bytes => bytes);

    private static readonly Method<byte[], byte[]> Talk = new(MethodType.DuplexStreaming, "test.Echo", "Talk", Bytes, Bytes);
}
