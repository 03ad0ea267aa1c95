using System.Threading.Channels;
using Sanctum.Upstream;

namespace Sanctum.Sdk.Tests;

/// <summary>The lines that docs/sdks.md shows for each package, in a process that never has a key.</summary>
public sealed class SampleTests(SampleVault vault) : IClassFixture<SampleVault>
{
    [Theory]
    [InlineData("OpenAI", "Bearer ")]
    [InlineData("Microsoft.Extensions.AI.OpenAI", "Bearer ")]
    [InlineData("Microsoft.SemanticKernel.Connectors.OpenAI", "Bearer ")]
    [InlineData("Microsoft.Agents.AI", "Bearer ")]
    [InlineData("Anthropic", "")]
    [InlineData("Azure.AI.OpenAI", "")]
    public async Task A_package_that_asks_a_model_gives_its_words_as_they_come(string package, string scheme)
    {
        var words = vault.Streams.Words = Channel.CreateUnbounded<string>();
        using var sample = Child.Sample(vault);
        await sample.SayAsync($"{package} {vault.Streams.Origin}/");
        words.Writer.TryWrite("one");
        var redacted = package == "Azure.AI.OpenAI" ? "" : $"{scheme}[REDACTED]";
        Assert.Equal($"one {redacted}", await WordsAsync(sample));
        words.Writer.TryWrite("two");
        Assert.Equal($"two {redacted}", await WordsAsync(sample));
        words.Writer.Complete();
        await RequireDoneAsync(sample);

        Assert.Contains($"{scheme}{SdkVault.Secret}", vault.Streams.Requests.Last().Key, StringComparison.Ordinal);
        RequireNoSecret(sample);
        await sample.EndAsync();
    }

    [Theory]
    [InlineData("Azure.Messaging.EventGrid", "/eventgrid", "aeg-sas-key", SdkVault.Secret, "200")]
    [InlineData("AWSSDK.S3", "/objects/greeting", "Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/", "hello")]
    [InlineData("AWSSDK.SQS", "/", "Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/", "key AWS4-HMAC-SHA256 ")]
    [InlineData("Octokit", "/api/v3/users/octocat", "Authorization", $"Bearer {SdkVault.Secret}", "key Bearer [REDACTED]")]
    [InlineData("Stripe.net", "/v1/customers/cus_1", "Authorization", $"Bearer {SdkVault.Secret}", "key Bearer [REDACTED]")]
    public async Task A_package_calls_its_service_with_the_vaults_key(string package, string path, string header, string sent, string said)
    {
        using var sample = Child.Sample(vault);
        await sample.SayAsync($"{package} {vault.Service.Origin}/");
        Assert.StartsWith(said, await sample.LineAsync() ?? await sample.EndAsync(), StringComparison.Ordinal);
        await RequireDoneAsync(sample);

        var request = vault.Service.Requests.Last(request => request.Target.Split('?')[0] == path);
        Assert.StartsWith(sent, request[header], StringComparison.Ordinal);
        Assert.DoesNotContain(request.Headers, it => it.Value.Contains("unused", StringComparison.OrdinalIgnoreCase));
        RequireNoSecret(sample);
        await sample.EndAsync();
    }

    [Fact]
    public async Task GRPC_goes_both_ways_with_the_vaults_key()
    {
        using var sample = Child.Sample(vault);
        await sample.SayAsync($"Grpc.Net.Client {vault.Streams.Origin}/");
        var length = $"Bearer {SdkVault.Secret} one.".Length + 2;
        Assert.Equal([$"{length}", $"{length}", "done"], [await sample.LineAsync() ?? await sample.EndAsync(), await sample.LineAsync(), await sample.LineAsync()]);
        Assert.Contains(vault.Streams.Requests, it => it == ("/test.Echo/Talk", "HTTP/2", $"Bearer {SdkVault.Secret}"));
        RequireNoSecret(sample);
        await sample.EndAsync();
    }

    // Some packages give empty pieces before the first word.
    private static async Task<string?> WordsAsync(Child sample)
    {
        string? line;
        do
        {
            line = await sample.LineAsync();
        }
        while (line is "");

        return line ?? await sample.EndAsync();
    }

    private static async Task RequireDoneAsync(Child sample) => Assert.Equal("done", await WordsAsync(sample));

    private static void RequireNoSecret(Child sample)
    {
        Assert.NotEmpty(Memory.Find(sample.Innermost(), "SANCTUM_AGENT")); // What is there is found.
        Assert.Empty(Memory.Find(sample.Innermost(), SdkVault.Secret));
        Assert.Empty(Memory.Find(sample.Innermost(), SdkVault.AwsSecret.Split(':')[1]));
    }
}
