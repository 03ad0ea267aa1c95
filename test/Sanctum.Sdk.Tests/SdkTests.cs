using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net;
using System.Text;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Anthropic;
using Anthropic.Bedrock;
using Anthropic.Models.Messages;
using Octokit;
using Octokit.Internal;
using OpenAI;
using OpenAI.Chat;
using Sanctum.Client;

namespace Sanctum.Sdk.Tests;

/// <summary>SDKs as they come from NuGet, which know nothing of a vault: each is given any text as its key, and the handler.</summary>
public sealed class SdkTests(SdkVault vault) : IClassFixture<SdkVault>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_OpenAI_package_chats_through_the_handler(bool blocking)
    {
        var client = new ChatClient("gpt-test", new ApiKeyCredential(SdkVault.Placeholder), new OpenAIClientOptions
        {
            Endpoint = new($"{vault.Service.Origin}/openai/v1"),
            Transport = new HttpClientPipelineTransport(vault.Through("openai/key")),
        });
        ChatMessage[] messages = [new UserChatMessage("hello")];
        ChatCompletion completion = blocking ? client.CompleteChat(messages) : await client.CompleteChatAsync(messages);
        Assert.Equal("key Bearer [REDACTED]", completion.Content[0].Text);
        var sent = vault.Received("/openai/v1/chat/completions");
        Assert.Equal($"Bearer {SdkVault.Secret}", sent["Authorization"]);
        Assert.Contains("hello", sent.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Anthropic_sends_a_message()
    {
        using var http = vault.Through("anthropic/key");
        var client = new AnthropicClient { ApiKey = SdkVault.Placeholder, BaseUrl = $"{vault.Service.Origin}/anthropic", HttpClient = http };
        Assert.Equal("key [REDACTED]", await SayAsync(client));
        Assert.Equal(SdkVault.Secret, vault.Received("/anthropic/v1/messages")["X-Api-Key"]);
    }

    [Fact]
    public async Task Anthropic_on_Bedrock_sends_a_message_that_the_vault_signs()
    {
        using var http = vault.Through("aws/bedrock");
        var client = new AnthropicBedrockClient(new AnthropicBedrockPrivateKeyCredentials { Region = "us-east-1", ApiAccessKey = "AKIAPLACEHOLDER", ApiSecret = SdkVault.Placeholder })
        {
            BaseUrl = vault.Service.Origin,
            HttpClient = http,
        };
        Assert.StartsWith("key AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/", await SayAsync(client), StringComparison.Ordinal);
        Assert.Contains("/us-east-1/bedrock/aws4_request", vault.Received("/model/")["Authorization"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Octokit_reads_a_user_whose_name_has_brackets()
    {
        var connection = new Connection(
            new ProductHeaderValue("tests"),
            new($"{vault.Service.Origin}/api/v3/"),
            new InMemoryCredentialStore(new Octokit.Credentials(SdkVault.Placeholder)),
            new HttpClientAdapter(() => new SanctumHttpHandler(vault.Client, "github/token")),
            new SimpleJsonSerializer());
        var user = await new GitHubClient(connection).User.Get("dependabot[bot]");
        Assert.Equal(("dependabot[bot]", "key Bearer [REDACTED]"), (user.Login, user.Bio));
        Assert.Equal($"Bearer {SdkVault.Secret}", vault.Received("/api/v3/users/")["Authorization"]);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(300_000)]
    public async Task The_AWS_SDK_keeps_and_reads_an_object_that_the_vault_signs_for(int size)
    {
        using var client = new AmazonS3Client(new BasicAWSCredentials("AKIAPLACEHOLDER", SdkVault.Placeholder), new AmazonS3Config
        {
            ServiceURL = vault.Service.Origin,
            AuthenticationRegion = "us-east-1",
            ForcePathStyle = true,
            HttpClientFactory = new Factory(vault.Through("aws/s3")),
        });
        var content = Encoding.ASCII.GetBytes(new string('o', size));
        await client.PutObjectAsync(new() { BucketName = "objects", Key = "a b", InputStream = new MemoryStream(content) });
        var sent = vault.Received("/objects/");
        Assert.Contains("Credential=AKIDEXAMPLE/", sent["Authorization"], StringComparison.Ordinal);
        Assert.Contains("/eu-west-1/s3/aws4_request", sent["Authorization"], StringComparison.Ordinal);

        // What is signed for is what is there: not the SDK's own framing, in which chunks have its signatures.
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(sent.Body)), sent["X-Amz-Content-Sha256"]);
        Assert.Equal(content, sent.Body);
        using var read = await client.GetObjectAsync("objects", "a b");
        using var bytes = new MemoryStream();
        await read.ResponseStream.CopyToAsync(bytes);
        Assert.Equal(content, bytes.ToArray());
    }

    [Fact]
    public async Task A_key_in_the_query_is_taken_off_where_the_program_says_what_it_is()
    {
        using var http = vault.Through("google/key", new() { Placeholder = SdkVault.Placeholder });
        Assert.Equal("ok", await http.GetStringAsync($"{vault.Service.Origin}/ok/google?key={SdkVault.Placeholder}&alt=json"));
        Assert.Equal($"/ok/google?alt=json&key={SdkVault.Secret}", vault.Received("/ok/google").Target);
    }

    [Fact]
    public async Task What_the_vault_refuses_is_an_http_clients_error()
    {
        using var http = vault.Through("openai/key");
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync("https://elsewhere.example/"));
        Assert.Equal("EGRESS_DENIED", Assert.IsType<Sanctum.Client.VaultException>(refused.InnerException).Code);
    }

    private static async Task<string> SayAsync(IAnthropicClient client)
    {
        var message = await client.Messages.Create(new() { Model = "claude-test", MaxTokens = 10, Messages = [new UserMessageParam { Content = "hello" }] });
        return message.Content[0].TryPickText(out var text) ? text.Text : "";
    }

    private sealed class Factory(HttpClient http) : Amazon.Runtime.HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => http;

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;
    }
}
