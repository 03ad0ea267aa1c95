using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Sanctum.Analyzers.Tests;

/// <summary>What the compiler warns about in a program that references the client, and what it does not.</summary>
public sealed class AnalyzerTests
{
    private const string Program = """
        using System;
        using System.Net.Http.Headers;
        using System.Threading.Tasks;
        using Microsoft.Extensions.Logging;
        using Sanctum.Client;

        public static class Program
        {
            private static string _kept = "";
            private static CredentialLease? _lease;

            public static async Task<object?> RunAsync(SanctumClient vault, ILogger log)
            {
                BODY
                await Task.Yield();
                return null;
            }

            private static void Use(object value) { }
        }
        """;

    private static readonly IReadOnlyList<MetadataReference> _references =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))];

    [Theory]
    [InlineData("""log.LogInformation("the key is {Key}", await vault.RetrieveAsync("db/main"));""", "logged")]
    [InlineData("""var secret = await vault.RetrieveAsync("db/main"); log.LogWarning(secret);""", "logged")]
    [InlineData("""Console.WriteLine(await vault.RetrieveAsync("db/main").ConfigureAwait(false));""", "printed")]
    [InlineData("""var secret = await vault.RetrieveAsync("db/main"); Use($"password={secret}");""", "put into text")]
    [InlineData("""string secret; secret = await vault.RetrieveAsync("db/main"); Use(string.Format("{0}", secret));""", "put into text")]
    [InlineData("""_kept = await vault.RetrieveAsync("db/main");""", "kept in a static member")]
    [InlineData("""var secret = await vault.RetrieveAsync("db/main"); Environment.SetEnvironmentVariable("PASSWORD", secret);""", "put into the environment")]
    [InlineData("""await using var lease = await vault.RetrieveLeaseAsync("db/main"); Console.WriteLine(lease.GetString());""", "printed")]
    public async Task A_secret_that_is_given_away_is_warned_about(string body, string fate)
    {
        var warning = Assert.Single(await AnalyzeAsync(body));
        Assert.Equal("SANCTUM001", warning.Id);
        Assert.EndsWith(fate, warning.GetMessage(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""Use(await vault.RetrieveAsync("db/main"));""")]
    [InlineData("""var secret = await vault.RetrieveAsync("db/main"); if (secret.Length == 0) { log.LogError("the secret is empty"); }""")]
    [InlineData("""var secret = await vault.RetrieveAsync("db/main"); Console.WriteLine(secret.Length);""")]
    [InlineData("""var signed = await vault.SignAsync("webhooks/key", "text"); Console.WriteLine($"{signed}");""")]
    public async Task A_secret_that_is_used_is_not(string body) => Assert.Empty(await AnalyzeAsync(body));

    [Theory]
    [InlineData("""var lease = await vault.RetrieveLeaseAsync("db/main");""")]
    [InlineData("""var lease = await vault.RetrieveLeaseAsync("db/main"); Use(lease.GetString());""")]
    [InlineData("""var lease = await vault.LeaseServiceAsync("openai"); Use(lease.LeaseId);""")]
    public async Task A_lease_that_nobody_disposes_is_warned_about(string body) => Assert.Equal("SANCTUM002", Assert.Single(await AnalyzeAsync(body)).Id);

    [Theory]
    [InlineData("""await using var lease = await vault.RetrieveLeaseAsync("db/main");""")]
    [InlineData("""await using (var lease = await vault.RetrieveLeaseAsync("db/main")) { Use(lease.GetString()); }""")]
    [InlineData("""var lease = await vault.RetrieveLeaseAsync("db/main"); try { Use(1); } finally { await lease.DisposeAsync(); }""")]
    [InlineData("""var lease = await vault.RetrieveLeaseAsync("db/main"); return lease;""")]
    [InlineData("""var lease = await vault.RetrieveLeaseAsync("db/main"); _lease = lease;""")]
    [InlineData("""var lease = await vault.RetrieveLeaseAsync("db/main"); Use(lease);""")]
    public async Task A_lease_that_is_disposed_or_handed_on_is_not_warned_about(string body) => Assert.Empty(await AnalyzeAsync(body));

    [Theory]
    [InlineData("""Use(new OpenAI.OpenAIClient("sk-proj-9fQ2x7ZtPqLw09fQ2x7ZtPqLw0"));""", "OpenAI")]
    [InlineData("""Use(new Anthropic.AnthropicClient { ApiKey = "sk-ant-9fQ2x7ZtPqLw09fQ2x7ZtPqLw0" });""", "Anthropic")]
    [InlineData("""Use(new Azure.AzureKeyCredential("9f02c7b1d4e84a5f9c3b7a6d5e4f3a2b"));""", "Azure")]
    [InlineData("""Use(new System.ClientModel.ApiKeyCredential("9f02c7b1d4e84a5f9c3b7a6d5e4f3a2b"));""", "OpenAI or Azure")]
    [InlineData("""Use(new Amazon.Runtime.BasicAWSCredentials("from-a-setting", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"));""", "AWS")]
    [InlineData("""Use(new Octokit.Credentials("somebody", "9f02c7b1d4e84a5f9c3b7a6d5e4f3a2b"));""", "GitHub")]
    [InlineData("""Use(new AuthenticationHeaderValue("Bearer", "ghp_9fQ2x7ZtPqLw09fQ2x7ZtPqLw0"));""", "HTTP")]
    public async Task A_key_in_the_source_is_warned_about(string body, string sdk)
    {
        var warning = Assert.Single(await AnalyzeAsync(body));
        Assert.Equal("SANCTUM003", warning.Id);
        Assert.Contains($"for {sdk}:", warning.GetMessage(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""Use(new OpenAI.OpenAIClient("unused"));""")]
    [InlineData("""Use("sk-proj-9fQ2x7ZtPqLw09fQ2x7ZtPqLw0");""")]
    [InlineData("""Use(new Azure.AzureKeyCredential("the-key-of-our-search-service"));""")]
    [InlineData("""Use(new Amazon.S3.Model.GetObjectRequest { BucketName = "objects", Key = "9f02c7b1d4e84a5f9c3b7a6d5e4f3a2b" });""")]
    [InlineData("""Use(new Octokit.Credentials("somebody-with-a-long-name-2026", ""));""")]
    [InlineData("""Use(new OpenAI.OpenAIClient("sk-learn is a library for Python"));""")]
    public async Task Text_that_is_no_key_is_not_warned_about(string body) => Assert.Empty(await AnalyzeAsync(body));

    private static async Task<ImmutableArray<Diagnostic>> AnalyzeAsync(string body)
    {
        var compilation = CSharpCompilation.Create(
            "program",
            [CSharpSyntaxTree.ParseText(Program.Replace("BODY", body, StringComparison.Ordinal), new CSharpParseOptions(LanguageVersion.CSharp14))],
            _references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        Assert.Empty(compilation.GetDiagnostics().Where(it => it.Severity == DiagnosticSeverity.Error));
        return await compilation.WithAnalyzers([new GivenAwayAnalyzer(), new LeaseAnalyzer(), new KeyLiteralAnalyzer()]).GetAnalyzerDiagnosticsAsync();
    }
}
